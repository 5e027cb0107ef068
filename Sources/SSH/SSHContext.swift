/// What every connection of a run shares: which host keys hold, and where keys and passwords come from.
package struct SSHContext: Sendable {
    /// The known_hosts files.
    package var hostKeys: HostKeyStore
    /// What happens to a key that is not recorded, where the target does not say.
    package var hostKeyPolicy: HostKeyPolicy
    /// The private keys of the process.
    package var identities: IdentityStore
    /// Where passwords come from.
    package var credentials: SSHCredentials

    package init(
        hostKeys: HostKeyStore,
        hostKeyPolicy: HostKeyPolicy = .strict,
        identities: IdentityStore = IdentityStore(),
        credentials: SSHCredentials = SSHCredentials()
    ) {
        self.hostKeys = hostKeys
        self.hostKeyPolicy = hostKeyPolicy
        self.identities = identities
        self.credentials = credentials
    }
}

/// Where passwords come from. Without a provider the method is not used.
///
/// Neither is asked unless the host key was recorded before the connection was made.
package struct SSHCredentials: Sendable {
    /// Asked for a user's password on a node; nil to give up.
    package var password: (@Sendable (SSHTarget) async -> String?)?
    /// Answers a server's questions, one answer for each. Called on an event loop: it must not block.
    package var prompts: (@Sendable (SSHTarget, [SSHPrompt]) -> [String])?

    package init(
        password: (@Sendable (SSHTarget) async -> String?)? = nil,
        prompts: (@Sendable (SSHTarget, [SSHPrompt]) -> [String])? = nil
    ) {
        self.password = password
        self.prompts = prompts
    }
}
