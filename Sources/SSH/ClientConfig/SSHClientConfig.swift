import Glibc

/// The ssh_config(5) files of a user and the system: what they say about a host. The first value wins.
package struct SSHClientConfig: Sendable {
    /// Whose configuration it is; what tokens such as `%d` stand for.
    package struct Owner: Sendable {
        /// `%d` and `~`.
        package var home: String
        /// `%u`, and who to log in as if nothing says otherwise.
        package var user: String
        /// `${NAME}`, and `SSH_AUTH_SOCK`.
        package var environment: [String: String]

        package init(home: String, user: String, environment: [String: String] = [:]) {
            self.home = home
            self.user = user
            self.environment = environment
        }
    }

    /// Whose configuration it is.
    package let owner: Owner
    private let blocks: [ConfigReader.Block]
    /// What in the files has no effect.
    package let warnings: [SSHConfigWarning]

    /// Reads the files; those that are not there count as empty.
    package init(
        owner: Owner, userFile: String? = nil, systemFile: String = "/etc/ssh/ssh_config"
    ) {
        var reader = ConfigReader(home: owner.home)
        reader.read(userFile ?? "\(owner.home)/.ssh/config", isUsers: true)
        reader.read(systemFile, isUsers: false)
        self.init(owner: owner, reader: reader)
    }

    /// From the text of one file.
    package init(owner: Owner, text: String, path: String = "config") {
        var reader = ConfigReader(home: owner.home)
        reader.read(text, path: path, base: "\(owner.home)/.ssh")
        self.init(owner: owner, reader: reader)
    }

    private init(owner: Owner, reader: ConfigReader) {
        self.owner = owner
        blocks = reader.blocks
        warnings = reader.warnings + reader.blocks.flatMap(\.settings).compactMap(Self.unsupported)
    }

    /// What the files say about a host by the name that is asked for.
    /// - Returns: the options, and what about them cannot be honoured.
    package func options(for host: String) -> (options: SSHHostOptions, warnings: [SSHConfigWarning]) {
        var resolver = HostOptionsResolver(host: host, owner: owner)
        for block in blocks {
            let matches = block.conditions.allSatisfy { condition in
                switch condition {
                case .always: true
                case .never: false
                case .host(let list): list.matches(host)
                case .matchHost(let list): list.matches(resolver.options.hostName ?? host)
                }
            }
            if matches { for setting in block.settings { resolver.apply(setting) } }
        }
        resolver.finish()
        return (resolver.options, resolver.warnings)
    }

    /// Keywords that change where or how a connection is made and that have no effect here.
    private static let unsupportedKeywords = [
        "proxycommand", "bindaddress", "bindinterface", "certificatefile", "pkcs11provider", "securitykeyprovider",
        "canonicalizehostname", "proxyusefdpass", "knownhostscommand", "addressfamily",
    ]

    private static func unsupported(_ setting: ConfigReader.Setting) -> SSHConfigWarning? {
        let line = setting.line
        guard unsupportedKeywords.contains(line.keyword), line.arguments.first?.lowercased() != "none",
            line.arguments.first?.lowercased() != "no", line.arguments.first?.lowercased() != "any"
        else { return nil }
        return SSHConfigWarning(
            path: setting.path, line: setting.number, text: "\(line.keyword) is not supported and has no effect")
    }
}
