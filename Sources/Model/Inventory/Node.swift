/// A node as the inventory describes it, with everything resolved.
package struct Node: Sendable, Hashable, Codable {
    /// The node's name in the inventory.
    package var name: String
    /// Where it is reached.
    package var connection: ConnectionSettings
    /// How work is done as another user there.
    package var become: BecomeSettings
    /// Labels such as `rack: r1`.
    package var labels: [String: String]
    /// Groups that hold it, sorted.
    package var groups: [String]
    /// Roles that it has for others, sorted.
    package var roles: [String]
    /// Variables, with the narrower set's value where several give one.
    package var variables: [String: Value]

    /// Creates a node.
    package init(
        name: String, connection: ConnectionSettings = ConnectionSettings(), become: BecomeSettings = BecomeSettings(),
        labels: [String: String] = [:], groups: [String] = [], roles: [String] = [], variables: [String: Value] = [:]
    ) {
        self.name = name
        self.connection = connection
        self.become = become
        self.labels = labels
        self.groups = groups
        self.roles = roles
        self.variables = variables
    }
}

/// What the inventory says of reaching a node over SSH. What is nil is left to `~/.ssh/config`, then to defaults.
package struct ConnectionSettings: Sendable, Hashable, Codable {
    /// Host name or IP address; the node's name when nil.
    package var address: String?
    package var user: String?
    package var port: Int?
    /// Paths of private keys, `~` allowed.
    package var identityFiles: [String]
    /// Node names or `user@host:port`, outermost first; empty for none; nil to leave it open.
    package var proxyJump: [String]?
    package var hostKeys: HostKeyChecking?
    package var connectTimeout: Duration?
    /// Where the login password comes from, as a secret reference; nil for keys alone.
    package var password: String?
    /// Where the passphrase of its encrypted keys comes from, as a secret reference.
    package var passphrase: String?
    /// Whether several nodes may share one host key.
    package var sharedHostKey: Bool

    /// Creates settings that leave everything open.
    package init(
        address: String? = nil, user: String? = nil, port: Int? = nil, identityFiles: [String] = [],
        proxyJump: [String]? = nil, hostKeys: HostKeyChecking? = nil, connectTimeout: Duration? = nil,
        password: String? = nil, passphrase: String? = nil, sharedHostKey: Bool = false
    ) {
        self.address = address
        self.user = user
        self.port = port
        self.identityFiles = identityFiles
        self.proxyJump = proxyJump
        self.hostKeys = hostKeys
        self.connectTimeout = connectTimeout
        self.password = password
        self.passphrase = passphrase
        self.sharedHostKey = sharedHostKey
    }
}

/// What is done with a host key that is not recorded.
package enum HostKeyChecking: String, Sendable, Hashable, Codable, CaseIterable {
    case strict
    case acceptNew = "accept-new"
    case off
}

/// How steps with `become` run as another user.
package struct BecomeSettings: Sendable, Hashable, Codable {
    package enum Method: String, Sendable, Hashable, Codable, CaseIterable { case sudo, none }

    package var method: Method
    /// The user to become.
    package var user: String
    /// Where the password comes from, as a secret reference such as `file:/run/pw`; nil for passwordless sudo.
    package var password: String?

    /// Creates settings; by default nobody else is become.
    package init(method: Method = .none, user: String = "root", password: String? = nil) {
        self.method = method
        self.user = user
        self.password = password
    }
}
