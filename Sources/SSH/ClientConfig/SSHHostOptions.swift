/// What ssh_config(5) says about one host. Nil and empty: nothing.
package struct SSHHostOptions: Sendable, Hashable {
    /// `HostName`, with `%h` replaced.
    package var hostName: String?
    /// `Port`.
    package var port: UInt16?
    /// `User`.
    package var user: String?
    /// Every `IdentityFile` in order, with tokens replaced.
    package var identityFiles: [String] = []
    /// `IdentitiesOnly`.
    package var identitiesOnly: Bool?
    /// `IdentityAgent`.
    package var agent: Agent?
    /// `ProxyJump`.
    package var proxyJump: ProxyJump?
    /// `UserKnownHostsFile`, with tokens replaced.
    package var userKnownHostsFiles: [String] = []
    /// `GlobalKnownHostsFile`, with tokens replaced.
    package var globalKnownHostsFiles: [String] = []
    /// `HostKeyAlias`.
    package var hostKeyAlias: String?
    /// `ConnectTimeout`.
    package var connectTimeout: Duration?
    /// `StrictHostKeyChecking`; never `off`.
    package var hostKeyPolicy: HostKeyPolicy?

    /// The agent to ask for keys and signatures.
    package enum Agent: Sendable, Hashable {
        case none
        /// That of `SSH_AUTH_SOCK`.
        case standard
        case socket(String)
    }

    /// The way to the host.
    package enum ProxyJump: Sendable, Hashable {
        case none
        /// Nearest first.
        case hosts([JumpName])
    }

    /// A jump host as `ProxyJump` names it.
    package struct JumpName: Sendable, Hashable, CustomStringConvertible {
        /// An alias of the configuration, a host name or an address.
        package var host: String
        /// `User`.
        package var user: String?
        /// `Port`.
        package var port: UInt16?

        /// As `ProxyJump` has it.
        package var description: String {
            let bare = host.contains(":") ? "[\(host)]" : host
            return (user.map { "\($0)@" } ?? "") + bare + (port.map { ":\($0)" } ?? "")
        }
    }
}

/// Something in an ssh_config file that has no effect here.
package struct SSHConfigWarning: Sendable, Hashable, CustomStringConvertible {
    /// The configuration file.
    package let path: String
    /// From 1; 0 for the file as a whole.
    package let line: Int
    /// What is the matter, for a person.
    package let text: String

    /// Place and text.
    package var description: String { line == 0 ? "\(path): \(text)" : "\(path):\(line): \(text)" }
}
