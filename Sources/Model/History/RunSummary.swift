/// A run in one line: what `runs` lists.
package struct RunSummary: Sendable, Hashable, Codable {
    package var id: RunID
    package var kind: RunHeader.Kind
    /// Empty for `exec`.
    package var runbook: String
    package var runbookVersion: Int
    /// The folded target set.
    package var targets: String
    package var targetCount: Int
    /// As the operator typed it.
    package var selector: String
    package var requester: Requester
    package var parent: RunID?
    /// As it was journalled last; a run that is neither finished nor carried out by a live process is `interrupted`.
    package var phase: RunPhase
    /// Milliseconds since 1970.
    package var started: Int
    package var ended: Int?
    /// Outcome classes of the nodes that have one, with their number.
    package var counts: [OutcomeClass: Int]
    package var exitStatus: Int?
    package var stopReason: String?
    package var planDigest: String?
    /// The last event's number.
    package var lastSequence: Int
    /// When its events and outputs were removed by the retention, if they were; milliseconds since 1970.
    package var pruned: Int?

    package init(
        id: RunID, kind: RunHeader.Kind, runbook: String, runbookVersion: Int, targets: String, targetCount: Int,
        selector: String, requester: Requester, parent: RunID?, phase: RunPhase, started: Int, ended: Int?,
        counts: [OutcomeClass: Int], exitStatus: Int?, stopReason: String?, planDigest: String?, lastSequence: Int,
        pruned: Int?
    ) {
        self.id = id
        self.kind = kind
        self.runbook = runbook
        self.runbookVersion = runbookVersion
        self.targets = targets
        self.targetCount = targetCount
        self.selector = selector
        self.requester = requester
        self.parent = parent
        self.phase = phase
        self.started = started
        self.ended = ended
        self.counts = counts
        self.exitStatus = exitStatus
        self.stopReason = stopReason
        self.planDigest = planDigest
        self.lastSequence = lastSequence
        self.pruned = pruned
    }
}
