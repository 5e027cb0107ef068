/// What ssh_config(5) says about one host. Nil and empty: nothing.
package struct SSHHostOptions: Sendable, Hashable {
    package var hostName: String?
    package var port: UInt16?
    package var user: String?
    package var identityFiles: [String] = []
    package var identitiesOnly: Bool?
    package var agent: Agent?
    package var proxyJump: ProxyJump?
    package var userKnownHostsFiles: [String] = []
    package var globalKnownHostsFiles: [String] = []
    package var hostKeyAlias: String?
    package var connectTimeout: Duration?
    package var hostKeyPolicy: HostKeyPolicy?

    package enum Agent: Sendable, Hashable {
        case none
        /// That of `SSH_AUTH_SOCK`.
        case standard
        case socket(String)
    }

    package enum ProxyJump: Sendable, Hashable {
        case none
        /// Nearest first.
        case hosts([JumpName])
    }

    /// A jump host as `ProxyJump` names it.
    package struct JumpName: Sendable, Hashable {
        package var host: String
        package var user: String?
        package var port: UInt16?
    }
}

/// Something in an ssh_config file that has no effect here.
package struct SSHConfigWarning: Sendable, Hashable, CustomStringConvertible {
    package let path: String
    /// From 1; 0 for the file as a whole.
    package let line: Int
    package let text: String

    package var description: String { line == 0 ? "\(path): \(text)" : "\(path):\(line): \(text)" }
}
