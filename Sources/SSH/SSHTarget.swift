/// Where a node's SSH server is, who to log in as, and with what.
package struct SSHTarget: Sendable, Hashable {
    /// The inventory's name of the node. Errors name it, and host keys are looked up by it.
    package var name: String
    /// A host name, or an IPv4 or IPv6 address without brackets. Host keys are looked up by it too.
    package var address: String
    /// The TCP port of sshd.
    package var port: UInt16
    /// Who to log in as.
    package var user: String
    /// The hosts to pass through, nearest first. A jump host's own jump hosts come before it.
    package var jumpHosts: [SSHTarget]
    /// Paths of private keys, in the order to try.
    package var identityFiles: [String]
    /// Whether only `identityFiles` are tried, even if the agent holds others.
    package var identitiesOnly: Bool
    /// Whether an agent's keys are tried and its signatures used.
    package var useAgent: Bool
    /// The agent's socket; nil takes `SSH_AUTH_SOCK`.
    package var agentSocket: String?
    /// Looked up in known_hosts instead of name and address, as `HostKeyAlias` of ssh_config(5).
    package var hostKeyAlias: String?
    /// What happens to a key that is not recorded; nil leaves it to the process's own policy.
    package var hostKeyPolicy: HostKeyPolicy?
    /// Whether its new host key may be recorded although another node has it already.
    package var allowsSharedHostKey: Bool
    /// How long each part of making a connection may take.
    package var deadlines: SSHDeadlines

    package init(
        name: String,
        address: String? = nil,
        port: UInt16 = 22,
        user: String,
        jumpHosts: [SSHTarget] = [],
        identityFiles: [String] = [],
        identitiesOnly: Bool = false,
        useAgent: Bool = true,
        agentSocket: String? = nil,
        hostKeyAlias: String? = nil,
        hostKeyPolicy: HostKeyPolicy? = nil,
        allowsSharedHostKey: Bool = false,
        deadlines: SSHDeadlines = SSHDeadlines()
    ) {
        self.name = name
        self.address = Self.withoutBrackets(address ?? name)
        self.port = port
        self.user = user
        self.jumpHosts = jumpHosts
        self.identityFiles = identityFiles
        self.identitiesOnly = identitiesOnly
        self.useAgent = useAgent
        self.agentSocket = agentSocket
        self.hostKeyAlias = hostKeyAlias
        self.hostKeyPolicy = hostKeyPolicy
        self.allowsSharedHostKey = allowsSharedHostKey
        self.deadlines = deadlines
    }

    /// Every jump host on the way, nearest first, with the jump hosts of jump hosts in place.
    package var route: [SSHTarget] {
        jumpHosts.flatMap { jump in
            var last = jump
            last.jumpHosts = []
            return jump.route + [last]
        }
    }

    /// The names by which known_hosts may hold this server's key; see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
    package var hostKeyNames: [String] {
        if let hostKeyAlias { return [hostKeyAlias.lowercased()] }
        var names: [String] = []
        for host in [name, address] {
            let spelled = port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
            if !names.contains(spelled) { names.append(spelled) }
        }
        return names
    }

    private static func withoutBrackets(_ address: String) -> String {
        address.hasPrefix("[") && address.hasSuffix("]") ? String(address.dropFirst().dropLast()) : address
    }
}
