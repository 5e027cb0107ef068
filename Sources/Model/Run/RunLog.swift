/// Where a run's events and outputs are kept. Nothing is sent to a node before `append` has returned for its intent.
package protocol RunLog: Sendable {
    /// Keeps `events` in order, together with their audit records, in one transaction; returns once they are durable.
    /// - Throws: when they could not be kept; the run must then stop sending.
    func append(_ events: [RunEvent], run: RunID) async throws

    /// Keeps a piece of output. Durable no later than the ending of its invocation.
    func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws

    /// Keeps a whole plan, by its digest.
    func store(plan: Plan, run: RunID) async throws

    /// The next fencing token for a node's lease, higher than every one before.
    /// - Throws: when another run of this journal holds the node.
    func claim(node: String, run: RunID) async throws -> Int

    /// Gives the lease back.
    func release(node: String, run: RunID) async throws
}
