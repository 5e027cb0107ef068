/// Where a run's events and outputs are kept. Nothing is sent to a node before `append` has returned for its intent.
package protocol RunLog: Sendable {
    /// Keeps `events` in order, together with their audit records, in one transaction; returns once they are durable.
    ///
    /// A run's first event is `runStarted`; a process that goes on with one begins with `resumed`. Cancelling the task does not stop the commit.
    /// - Throws: `JournalError` when they could not be kept; the run must then stop sending.
    func append(_ events: [RunEvent], run: RunID) async throws

    /// Keeps a piece of output. Durable no later than the event that ends its invocation.
    ///
    /// What is stored already is not stored twice, so a chunk may begin before the stored end of its stream.
    /// - Returns: whether it was kept, or which limit was reached; what was kept before is exact, and the step should
    ///   be stopped.
    @discardableResult
    func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws -> OutputReceipt

    /// Keeps a whole plan under `digest`, as the plan of `run`. The same plan may be kept again.
    func store(plan: Plan, digest: String, run: RunID) async throws

    /// The next fencing token for a node's lease, higher than every one before.
    /// - Throws: `JournalError` of code `nodeBusy` when another run of this journal holds the node.
    func claim(node: String, run: RunID) async throws -> Int

    /// Gives the lease back; nothing happens when `run` does not hold it.
    func release(node: String, run: RunID) async throws

    /// `event` as people may see it: with the run's secrets hidden, as it is kept.
    func shown(_ event: RunEvent, run: RunID) -> RunEvent

    /// `plan` as people may see it; its digest is the same.
    func shown(_ plan: Plan, run: RunID) -> Plan
}

/// What became of a piece of output.
package enum OutputReceipt: Sendable, Hashable {
    /// It is kept as a whole.
    case kept
    /// It was cut, because a limit was reached; `reason` says which, in a sentence.
    case limitReached(reason: String)
}
