/// What the service keeps between its starts: jobs, what became of their occurrences, and runs that it has to go on
/// with. Every change is one transaction with its audit record.
package protocol ServiceStore: Sendable {
    /// Of the last record, in milliseconds since 1970.
    func lastTime() async throws -> Int

    /// The record of a job. One that is new, or is written otherwise than before, has no past: what lies before now
    /// counts as decided.
    func register(job: String, definition: String) async throws -> JobRecord

    /// All that is kept of jobs, by name.
    func jobRecords() async throws -> [JobRecord]

    /// Decides an occurrence, once and for all.
    /// - Returns: false where it, or a later one of its job, is decided already.
    func decide(_ occurrence: OccurrenceRecord, by actor: Requester) async throws -> Bool

    /// Starts an occurrence that waits in the queue.
    /// - Returns: false where it does not wait.
    func dequeue(_ occurrence: OccurrenceRecord, run: RunID, by actor: Requester) async throws -> Bool

    /// Records that an occurrence's run could not begin, or could not be gone on with.
    func fail(_ occurrence: OccurrenceRecord, _ text: String, by actor: Requester) async throws

    /// What became of a job's occurrences, or those of all jobs, the newest first.
    func occurrences(of job: String?, state: OccurrenceRecord.State?, limit: Int) async throws -> [OccurrenceRecord]

    /// Pauses a job, or lets it go on.
    /// - Returns: false where that is so already, or there is no such job yet.
    func setPaused(_ isPaused: Bool, job: String, by actor: Requester) async throws -> Bool

    /// Makes the service go on with `run` until it has ended, over its own restarts.
    func take(run: RunID) async throws

    /// The service does not go on with `run` any more.
    func leave(run: RunID) async throws

    /// Counts one more failed try to go on with `run`.
    func countFailure(of run: RunID) async throws

    /// Runs that the service has taken and that have not ended.
    func takenRuns() async throws -> [ServiceRun]

    /// Runs that wait for an approval or a window, and that no other living process holds.
    func waitingRuns() async throws -> [RunSummary]

    /// The last reading of the clocks, as text, and why schedules are suspended, if they are.
    func clockState() async throws -> (mark: String?, suspension: String?)

    /// Keeps a reading of the clocks.
    func keep(clockMark: String) async throws

    /// Suspends all schedules for a reason, or lifts that with nil.
    func suspendSchedules(_ reason: String?, by actor: Requester) async throws

    /// Earlier waves of a runbook, the newest first: how many nodes, and how many milliseconds.
    func waves(of runbook: String, limit: Int) async throws -> [WaveRecord]
}

/// How long a wave took.
package struct WaveRecord: Sendable, Hashable {
    package var nodes: Int
    package var milliseconds: Int

    package init(nodes: Int, milliseconds: Int) {
        self.nodes = nodes
        self.milliseconds = milliseconds
    }
}
