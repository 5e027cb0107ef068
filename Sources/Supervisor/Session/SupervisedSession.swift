import Model

/// A session with one node over its supervisor.
package actor SupervisedSession {
    /// What the node said of itself when the session started.
    package nonisolated let identity: NodeIdentity

    private init(identity: NodeIdentity) { self.identity = identity }

    /// Starts the supervisor over `opener` and waits until it has said what the node is.
    ///
    /// With `become`, the supervisor runs as that user, and a second one is started for the login user only once an
    /// invocation with `become: false` comes. `password` is asked at most once, only when sudo shows its prompt.
    /// Closing the session closes `opener`.
    /// - Throws: `SessionError`.
    package static func open(
        over opener: any SupervisorChannelOpener, become: BecomeSettings,
        password: (@Sendable () async throws -> SecretBytes)?
    ) async throws -> SupervisedSession {
        throw SessionError(.unusable, "The supervisor isn't there yet.")
    }
}
