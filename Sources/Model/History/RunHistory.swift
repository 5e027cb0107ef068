/// What can be read of runs, past and present. Nothing here changes anything; reads that must be audited are recorded
/// with `JournalStore.record(_:)`.
package protocol RunHistory: Sendable {
    /// The newest runs that `filter` lets through.
    func runs(_ filter: RunFilter) async throws -> [RunSummary]

    /// How many runs there are, by runbook, kind and exit status, in that order.
    func tallies() async throws -> [RunTally]

    /// The run whose id begins with `text`, or the newest one when it is `last`.
    /// - Throws: `JournalError` of code `noSuchRun`, or `ambiguousRun` with the candidates.
    func run(named text: String) async throws -> RunSummary

    /// What the run was asked to do.
    func header(of run: RunID) async throws -> RunHeader

    /// Events after number `sequence`, in order, at most `limit`. A capture's bytes are left out; `captures` has them.
    func events(of run: RunID, after sequence: Int, limit: Int) async throws -> [RecordedEvent]

    /// The same, but waits until there is at least one, whichever process writes it; ends when the task is cancelled.
    func nextEvents(of run: RunID, after sequence: Int, limit: Int) async throws -> [RecordedEvent]

    /// Where each target stands, in target order.
    func targets(of run: RunID) async throws -> [TargetRecord]

    /// Names of the targets that ended as one of `outcomes`, in target order.
    func nodes(of run: RunID, endedAs outcomes: Set<OutcomeClass>) async throws -> [String]

    /// Attempts by node, step and attempt, restricted to `nodes` and to the step or probe named `step` where given.
    func attempts(of run: RunID, nodes: Set<String>?, step: String?) async throws -> [AttemptRecord]

    /// What outputs are stored, restricted as `attempts` is.
    func outputs(of run: RunID, nodes: Set<String>?, step: String?) async throws -> [OutputRecord]

    /// Up to `limit` stored bytes of one stream from byte `offset` on; empty at its end.
    func output(of id: InvocationID, stream: OutputChunk.Stream, from offset: Int, limit: Int) async throws -> [UInt8]

    /// How much of each stream is stored: where to go on after an interruption.
    func storedOffsets(of id: InvocationID) async throws -> OutputOffsets

    /// Captured states in the order in which they were captured, of one node or of all.
    func captures(of run: RunID, node: String?) async throws -> [CaptureRecord]

    /// The plan that `run` carries out, if it has one yet.
    func plan(of run: RunID) async throws -> StoredPlan?

    /// The plan of that digest.
    func plan(digest: String) async throws -> StoredPlan?

    /// The files that the run was made from, as they were.
    func sources(of run: RunID) async throws -> [SourceFile]

    /// Other runs that may have changed one of `nodes` after `run` first did, the newest first.
    func laterRuns(than run: RunID, touching nodes: Set<String>) async throws -> [LaterRun]

    /// The machine on which another run than `run` last did something as `node`; nil where none is known.
    func lastMachine(of node: String, besides run: RunID) async throws -> PastMachine?

    /// How long a step of a runbook took, in milliseconds, the newest first, over all nodes and runs.
    func stepDurations(runbook: String, step: String, limit: Int) async throws -> [Int]

    /// The node's lease, if it ever had one.
    func lease(of node: String) async throws -> LeaseRecord?

    /// The rungs of an escalation step that were tried since `time`, by node, less those of a node that was found
    /// healthy, or was helped, after them.
    func triedRungs(runbook: String, step: String, since time: Int) async throws -> [String: Set<String>]
}
