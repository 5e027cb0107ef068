/// Why a run can't start or can't go on. What goes wrong on one node is that node's outcome instead.
package struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The journal could not keep an event; nothing more is sent.
        case journal
        /// A gate, a window or an access rule forbids it.
        case refused
        /// What would be done now is more, or other, than what the plan says.
        case drift
        /// The change must be confirmed first.
        case unconfirmed
        /// It waits for an approval.
        case waiting
        /// The runbook can't be carried out as it stands.
        case runbook
        /// Our bug.
        case `internal`
    }

    package var code: Code
    /// One sentence for a person; never holds a secret.
    package var message: String
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }

    /// The exit status that it asks for.
    package var exitStatus: Int {
        switch code {
        case .journal, .internal: 70
        case .refused, .drift, .unconfirmed: 2
        case .waiting: 3
        case .runbook: 65
        }
    }
}
