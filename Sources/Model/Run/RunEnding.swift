/// A run's end.
package struct RunEnding: Sendable, Hashable, Codable {
    /// Outcome classes that occur, with their number of nodes; they sum to the targets.
    package var counts: [OutcomeClass: Int]
    /// Why it stopped before its end, if it did.
    package var stopReason: String?
    /// The process exit status that it asks for.
    package var exitStatus: Int

    package init(counts: [OutcomeClass: Int], stopReason: String? = nil, exitStatus: Int) {
        self.counts = counts
        self.stopReason = stopReason
        self.exitStatus = exitStatus
    }
}
