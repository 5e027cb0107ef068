import Synchronization

/// How a run is told to stop, from outside: once to finish the steps in progress, twice to end them.
///
/// `Sendable` because all of its state is behind one mutex.
package final class RunControl: Sendable {
    package enum Level: Int, Sendable, Hashable, Comparable {
        case go, finishSteps, stopNow

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var level = Level.go
        var isInterrupted = false
        var watchers: [Int: AsyncStream<Level>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var level: Level { state.withLock { $0.level } }

    /// Asks for a stop; a second time ends what is in progress.
    package func cancel() { raise(to: level == .go ? .finishSteps : .stopNow) }

    /// Asks for a stop after which `resume` goes on; a second time ends what is in progress.
    package func interrupt() {
        state.withLock { state in if state.level == .go { state.isInterrupted = true } }
        cancel()
    }

    /// Whether nodes that are not done stay as they are, for `resume`.
    package var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// Never lowers the level.
    package func raise(to level: Level) {
        let watchers = state.withLock { state in
            guard level > state.level else { return [AsyncStream<Level>.Continuation]() }
            state.level = level
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield(level) }
    }

    /// Returns when the level is `level` or higher, or when the task is cancelled.
    func reached(_ level: Level) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Level.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state in
            state.next += 1
            state.watchers[state.next] = continuation
            if state.level >= level { continuation.yield(state.level) }
            return state.next
        }
        defer { _ = state.withLock { $0.watchers.removeValue(forKey: key) } }
        for await now in stream where now >= level { return }
    }

    /// Waits, but not beyond the moment at which the level is `level` or higher.
    func pause(for duration: Duration, until level: Level, clock: any EngineClock) async {
        if duration <= .zero || self.level >= level { return }
        await withTaskGroup { group in
            group.addTask { await clock.pause(for: duration) }
            group.addTask { await self.reached(level) }
            await group.next()
            group.cancelAll()
        }
    }
}
