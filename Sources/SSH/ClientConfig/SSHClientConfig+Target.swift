import Glibc

extension SSHClientConfig {
    /// What the inventory says about a node; it wins over the configuration files. Nil: nothing.
    package struct Given: Sendable {
        /// A host name or an IP address.
        package var address: String?
        /// The TCP port of sshd.
        package var port: UInt16?
        /// Who to log in as.
        package var user: String?
        /// The only private keys to try, unless empty; `~/` is the owner's home folder.
        package var identityFiles: [String]
        /// As `ProxyJump` of ssh_config(5).
        package var proxyJump: String?
        /// For the TCP connection, and twice that for each of what follows until the host key is known.
        package var connectTimeout: Duration?
        /// What happens to a key that is not recorded.
        package var hostKeyPolicy: HostKeyPolicy?
        /// Whether its new host key may be recorded although another node has it already.
        package var allowsSharedHostKey: Bool

        package init(
            address: String? = nil, port: UInt16? = nil, user: String? = nil, identityFiles: [String] = [],
            proxyJump: String? = nil, connectTimeout: Duration? = nil, hostKeyPolicy: HostKeyPolicy? = nil,
            allowsSharedHostKey: Bool = false
        ) {
            self.address = address
            self.port = port
            self.user = user
            self.identityFiles = identityFiles
            self.proxyJump = proxyJump
            self.connectTimeout = connectTimeout
            self.hostKeyPolicy = hostKeyPolicy
            self.allowsSharedHostKey = allowsSharedHostKey
        }
    }

    /// A node's target from the inventory and the configuration files, with the jump hosts resolved the same way.
    ///
    /// `givenJump` is what the inventory says about a jump host by its name.
    /// - Throws: `SSHError` of kind `internalFailure` if jump hosts form a circle or a jump is malformed.
    package func target(
        _ name: String, given: Given = Given(), givenJump: (String) -> Given? = { _ in nil }
    ) throws(SSHError) -> SSHTarget {
        try target(name, given, givenJump, visited: [])
    }

    private func target(
        _ name: String, _ given: Given, _ givenJump: (String) -> Given?, visited: Set<String>
    ) throws(SSHError) -> SSHTarget {
        guard visited.count < 8, !visited.contains(name) else {
            throw SSHError(.internalFailure("its jump hosts form a circle"), node: name, phase: .resolve)
        }
        let options = options(for: name).options
        let timeout = given.connectTimeout ?? options.connectTimeout
        let deadlines = timeout.map { SSHDeadlines(connectTimeout: $0) } ?? SSHDeadlines()
        var result = SSHTarget(
            name: name, address: given.address ?? options.hostName ?? name, port: given.port ?? options.port ?? 22,
            user: given.user ?? options.user ?? owner.user, hostKeyAlias: options.hostKeyAlias,
            hostKeyPolicy: given.hostKeyPolicy ?? options.hostKeyPolicy,
            allowsSharedHostKey: given.allowsSharedHostKey, deadlines: deadlines)
        setKeys(&result, given, options)
        for jump in try jumps(name, given, options) {
            var forJump = givenJump(jump.host) ?? Given()
            if let user = jump.user { forJump.user = user }
            if let port = jump.port { forJump.port = port }
            // Within a list only the first host's own jump hosts matter: the others are reached through the list.
            if !result.jumpHosts.isEmpty { forJump.proxyJump = "none" }
            result.jumpHosts.append(
                try target(jump.host, forJump, givenJump, visited: visited.union([name])))
        }
        return result
    }

    private func setKeys(_ target: inout SSHTarget, _ given: Given, _ options: SSHHostOptions) {
        if !given.identityFiles.isEmpty {
            target.identityFiles = given.identityFiles.map { $0.hasPrefix("~/") ? owner.home + $0.dropFirst() : $0 }
        } else if !options.identityFiles.isEmpty {
            target.identityFiles = options.identityFiles.filter { $0.lowercased() != "none" }
        } else {
            target.identityFiles = Self.standardKeys.map { "\(owner.home)/.ssh/\($0)" }.filter { access($0, F_OK) == 0 }
        }
        target.identitiesOnly = !given.identityFiles.isEmpty || options.identitiesOnly ?? false
        switch options.agent {
        case .some(.none): target.useAgent = false
        case .socket(let path): target.agentSocket = path
        case .standard, nil: target.agentSocket = owner.environment["SSH_AUTH_SOCK"]
        }
    }

    /// Tried if no key is named. The cheapest first.
    private static let standardKeys = ["id_ecdsa", "id_ed25519", "id_rsa"]

    private func jumps(
        _ name: String, _ given: Given, _ options: SSHHostOptions
    ) throws(SSHError) -> [SSHHostOptions.JumpName] {
        var jump = options.proxyJump
        if let text = given.proxyJump {
            jump = HostOptionsResolver.jump(text)
            guard jump != nil else {
                throw SSHError(.internalFailure("the jump host “\(text)” is malformed"), node: name, phase: .resolve)
            }
        }
        guard case .hosts(let hosts) = jump else { return [] }
        // A jump host is not reached through itself, as when `Host *` has a ProxyJump.
        return hosts.contains { $0.host == name } ? [] : hosts
    }
}
