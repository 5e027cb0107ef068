/// What every connection of a run shares: which host keys hold, and where keys and passwords come from.
package struct SSHContext: Sendable {
    /// Asked for a user's password on a node; nil where there is none.
    ///
    /// It is asked after every key was refused, at most once a connection, and only where the host key was recorded before
    /// the connection was made.
    package typealias PasswordProvider = @Sendable (SSHTarget) async throws -> String?

    /// The known_hosts files.
    package var hostKeys: HostKeyStore
    /// What happens to a key that is not recorded, where the target does not say.
    package var hostKeyPolicy: HostKeyPolicy
    /// The private keys of the process.
    package var identities: IdentityStore
    /// Where passwords come from; without it no password is used.
    package var password: PasswordProvider?

    package init(
        hostKeys: HostKeyStore,
        hostKeyPolicy: HostKeyPolicy = .strict,
        identities: IdentityStore = IdentityStore(),
        password: PasswordProvider? = nil
    ) {
        self.hostKeys = hostKeys
        self.hostKeyPolicy = hostKeyPolicy
        self.identities = identities
        self.password = password
    }
}
