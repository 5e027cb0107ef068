import Model

/// A plan that waits for approvals, or a part of a run that does.
package struct PendingApproval: Sendable, Codable {
    package struct Given: Sendable, Codable {
        package var person: String
        package var key: String
        /// Milliseconds since 1970.
        package var expires: Int
    }

    package var run: RunID
    package var runbook: String
    /// `start`, or the step's name.
    package var gate: String
    /// The step; nil before the first change.
    package var step: String?
    package var plan: String
    package var nodes: String
    /// Who asked for it.
    package var requester: String
    package var message: String
    package var needed: Int
    package var given: [Given]
    /// Who can still give one.
    package var candidates: [String]
    /// Milliseconds since 1970: when the run began, and until when the plan is good.
    package var started: Int
    package var expires: Int
    /// In one sentence.
    package var waitsFor: String
}
