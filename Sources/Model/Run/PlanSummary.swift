/// What of a plan is kept with the run's events; the plan itself is stored beside them.
package struct PlanSummary: Sendable, Hashable, Codable {
    package var digest: String
    package var gate: GateKind
    package var waves: [NodeSet]
    /// Failures that stop the run: the N of "stops at the Nth failure".
    package var stopsAtFailure: Int
    /// Predicted (node, step) pairs, and all.
    package var predicted: Int
    package var predictable: Int

    package init(
        digest: String, gate: GateKind, waves: [NodeSet], stopsAtFailure: Int, predicted: Int, predictable: Int
    ) {
        self.digest = digest
        self.gate = gate
        self.waves = waves
        self.stopsAtFailure = stopsAtFailure
        self.predicted = predicted
        self.predictable = predictable
    }
}
