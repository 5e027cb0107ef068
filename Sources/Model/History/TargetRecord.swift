/// Where a target of a run stands, as it was journalled last.
package struct TargetRecord: Sendable, Hashable, Codable {
    /// Its place in the run's target list, from 0: the `target` of its invocation ids.
    package var position: Int
    package var node: String
    package var state: NodeState
    package var verdict: Verdict?
    package var outcome: NodeOutcome?
    /// The wave that it belongs to, from 0.
    package var wave: Int?
    /// Its boot and machine when a session with it was opened last.
    package var bootID: String?
    package var machineID: String?

    package init(
        position: Int, node: String, state: NodeState, verdict: Verdict?, outcome: NodeOutcome?, wave: Int?,
        bootID: String?, machineID: String?
    ) {
        self.position = position
        self.node = node
        self.state = state
        self.verdict = verdict
        self.outcome = outcome
        self.wave = wave
        self.bootID = bootID
        self.machineID = machineID
    }
}
