/// How many runs of one runbook and kind ended with one exit status, and how their nodes ended.
package struct RunTally: Sendable, Hashable {
    package var runbook: String
    package var kind: RunHeader.Kind
    /// Nil for runs that have not ended.
    package var exitStatus: Int?
    package var runs: Int
    /// When the newest of them ended, in milliseconds since 1970.
    package var lastEnded: Int?
    /// Nodes of all of them, by how they ended.
    package var nodes: [OutcomeClass: Int]

    package init(
        runbook: String, kind: RunHeader.Kind, exitStatus: Int?, runs: Int, lastEnded: Int?,
        nodes: [OutcomeClass: Int]
    ) {
        self.runbook = runbook
        self.kind = kind
        self.exitStatus = exitStatus
        self.runs = runs
        self.lastEnded = lastEnded
        self.nodes = nodes
    }
}
