import Model
import Synchronization

/// A journal in memory that can break, as a controller does that is killed.
///
/// `Sendable` because all of its state is behind one mutex.
package final class MemoryLog: RunLog {
    /// Thrown once the journal is broken.
    package struct Broken: Error {}

    /// When it breaks.
    package enum Break: Sendable, Hashable {
        case never
        /// The commit number `n`, from 1, is not made any more.
        case before(Int)
        /// The commit number `n` is made, but nobody hears of it.
        case after(Int)
    }

    private struct State {
        var events: [RecordedEvent] = []
        var output: [InvocationID: [OutputChunk.Stream: [UInt8]]] = [:]
        var plan: Plan?
        var digest: String?
        var fence = 0
        var holders: [String: RunID] = [:]
        var commits = 0
        var isBroken = false
    }

    private let state: Mutex<State>
    private let break_: Break

    package init(break break_: Break = .never) {
        self.break_ = break_
        state = Mutex(State())
    }

    /// What is left of `log` for the next process, which nothing breaks.
    package init(after log: MemoryLog, break break_: Break = .never) {
        self.break_ = break_
        var copy = log.state.withLock { $0 }
        copy.isBroken = false
        copy.commits = 0
        state = Mutex(copy)
    }

    package var events: [RecordedEvent] { state.withLock { $0.events } }
    package var plan: Plan? { state.withLock { $0.plan } }
    package var digest: String? { state.withLock { $0.digest } }
    package var commits: Int { state.withLock { $0.commits } }
    package var runState: RunState { RunState(events) }
    /// Nodes that a run holds.
    package var holders: [String: RunID] { state.withLock { $0.holders } }

    package func output(of id: InvocationID, _ stream: OutputChunk.Stream = .standardOutput) -> [UInt8] {
        state.withLock { $0.output[id]?[stream] ?? [] }
    }

    /// Makes another run hold `node`.
    package func hold(_ node: String, by run: RunID) { state.withLock { $0.holders[node] = run } }

    package func append(_ events: [RunEvent], run: RunID) async throws {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            state.commits += 1
            if break_ == .before(state.commits) {
                state.isBroken = true
                throw Broken()
            }
            for event in events {
                let number = state.events.count + 1
                state.events.append(
                    RecordedEvent(run: run, sequence: number, time: 1_700_000_000_000 + number, event: event))
            }
            if break_ == .after(state.commits) {
                state.isBroken = true
                throw Broken()
            }
        }
    }

    package func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws -> OutputReceipt {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            let stored = state.output[id]?[chunk.stream] ?? []
            guard chunk.offset <= stored.count else { throw Broken() }
            let new = chunk.bytes.dropFirst(stored.count - chunk.offset)
            state.output[id, default: [:]][chunk.stream] = stored + new
            return .kept
        }
    }

    package func store(plan: Plan, digest: String, run: RunID) async throws {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            state.plan = plan
            state.digest = digest
        }
    }

    package func claim(node: String, run: RunID) async throws -> Int {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            if let holder = state.holders[node], holder != run {
                throw JournalError(.nodeBusy(holder: holder), "Run \(holder.short) holds \(node).")
            }
            state.holders[node] = run
            state.fence += 1
            return state.fence
        }
    }

    package func release(node: String, run: RunID) async throws {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            if state.holders[node] == run { state.holders[node] = nil }
        }
    }

    package func shown(_ event: RunEvent, run: RunID) -> RunEvent { event }

    package func shown(_ plan: Plan, run: RunID) -> Plan { plan }
}
