/// One try of one rung of an escalation ladder on one node, remembered across runs.
package struct EscalationAttempt: Sendable, Hashable, Codable {
    package var node: String
    package var runbook: String
    /// The `escalate` step's name.
    package var step: String
    /// The rung's name.
    package var rung: String
    package var run: RunID
    /// Milliseconds since 1970, as the journal gave it.
    package var time: Int
    /// Whether `verify` held after it.
    package var helped: Bool

    package init(
        node: String, runbook: String, step: String, rung: String, run: RunID, time: Int, helped: Bool
    ) {
        self.node = node
        self.runbook = runbook
        self.step = step
        self.rung = rung
        self.run = run
        self.time = time
        self.helped = helped
    }
}
