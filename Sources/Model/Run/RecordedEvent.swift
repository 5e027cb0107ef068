/// An event with its place and time in its run, as the journal gave them.
package struct RecordedEvent: Sendable, Hashable, Codable {
    package var run: RunID
    /// From 1, without gaps within a run.
    package var sequence: Int
    /// Milliseconds since 1970, never less than that of the event before.
    package var time: Int
    package var event: RunEvent

    package init(run: RunID, sequence: Int, time: Int, event: RunEvent) {
        self.run = run
        self.sequence = sequence
        self.time = time
        self.event = event
    }
}
