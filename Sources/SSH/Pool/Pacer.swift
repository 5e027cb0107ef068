import NIOCore
import Synchronization

/// Lets connections begin in the order and number that `HandshakeGate` allows.
final class Pacer: Sendable {
    private struct State {
        var gate: HandshakeGate<UInt64>
        var turns: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<UInt64> = []
        var nextTicket: UInt64 = 0
    }

    private let state: Mutex<State>
    private let workTime: Duration

    /// `workTime` is how long a turn counts as work; after that it is taken to be waiting for its server.
    init(limit: Int, limitPerDestination: Int, workTime: Duration) {
        state = Mutex(State(gate: HandshakeGate(limit: limit, limitPerDestination: limitPerDestination)))
        self.workTime = workTime
    }

    /// Runs the body when it is its turn.
    /// - Throws: `CancellationError` if the task is cancelled while it waits; what the body throws.
    func paced<R: Sendable>(
        destination: String, on loop: any EventLoop, _ body: () async throws -> R
    ) async throws -> R {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        defer { resume { $0.gate.finished(ticket) } }
        try await turn(ticket, destination)
        let timer = loop.scheduleTask(in: TimeAmount(workTime)) { [weak self] in
            self?.resume { $0.gate.becameIdle(ticket) }
        }
        defer { timer.cancel() }
        return try await body()
    }

    private func turn(_ ticket: UInt64, _ destination: String) async throws {
        defer { _ = state.withLock { $0.cancelled.remove(ticket) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                resume { state in
                    if state.cancelled.contains(ticket) {
                        continuation.resume(throwing: CancellationError())
                        return []
                    }
                    state.turns[ticket] = continuation
                    return state.gate.request(ticket, destination: destination)
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.cancelled.insert(ticket)
                return state.turns.removeValue(forKey: ticket)
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private func resume(_ change: (inout State) -> [UInt64]) {
        let continuations = state.withLock { state in change(&state).compactMap { state.turns.removeValue(forKey: $0) }
        }
        for continuation in continuations { continuation.resume() }
    }
}
