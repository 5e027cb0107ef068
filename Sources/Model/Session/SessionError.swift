/// Why a node could not be reached or a session with it could not go on.
package struct SessionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as the engine must tell it apart.
    package enum Kind: Sendable, Hashable, Codable {
        /// No connection: name resolution, refused, timed out, garbage instead of SSH.
        case unreachable
        /// The node's host key is unknown, changed or revoked.
        case hostKey
        /// The node refused the login, or `become` failed.
        case refused
        /// The connection was there and broke.
        case lost
        /// The node says that it is still at work, long after the time for it was over.
        case overdue
        /// Another run holds the node.
        case busy(holder: String)
        /// The node answered in a way that the protocol does not allow; nothing it says can be trusted.
        case violation
        /// The node cannot host the supervisor: no space, unsafe state folder, no shell.
        case unusable
        /// The task was cancelled.
        case cancelled
    }

    /// What went wrong.
    package var kind: Kind
    /// One sentence for a person; never holds a secret.
    package var message: String
    /// What to do next, if there is something.
    package var hint: String?

    /// Whether the node could not be reached, or could not be heard any more.
    package var isUnreachable: Bool {
        switch kind {
        case .unreachable, .hostKey, .refused, .lost, .cancelled: true
        case .overdue, .busy, .violation, .unusable: false
        }
    }

    /// Whether another run holds the node.
    package var isBusy: Bool { if case .busy = kind { true } else { false } }

    /// Creates an error.
    package init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }
}
