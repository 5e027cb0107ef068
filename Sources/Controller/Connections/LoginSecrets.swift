import Model

/// The passwords and passphrases that the inventory names for logging in.
struct LoginSecrets: Sendable {
    private let inventory: Inventory
    private let targets: NodeTargets
    private let secrets: SSHConnections.Secrets

    init(inventory: Inventory, targets: NodeTargets, secrets: @escaping SSHConnections.Secrets) {
        self.inventory = inventory
        self.targets = targets
        self.secrets = secrets
    }

    /// The password with which `node` is logged in to; nil where the inventory names none.
    /// - Throws: why the secret can't be had.
    func password(of node: String) async throws -> String? {
        try await text(inventory.nodes[node]?.connection.password)
    }

    /// The passphrase of the key at `path`, as a node says for which it is used.
    /// - Throws: why the secret can't be had.
    func passphrase(ofKey path: String) async throws -> String? {
        let user = inventory.nodes.values.first { node in
            node.connection.passphrase != nil && (try? targets.target(of: node))?.identityFiles.contains(path) == true
        }
        return try await text(user?.connection.passphrase)
    }

    private func text(_ reference: String?) async throws -> String? {
        guard let reference else { return nil }
        return String(decoding: try await secrets(reference).exposed, as: UTF8.self)
    }
}
