/// Bounds how many nodes are worked on at one time. Where nothing is changed slow ones need not hold up the rest: a node
/// that keeps its place for long lends it to another, up to a hard limit.
actor FanoutLimiter {
    private let hardLimit: Int
    private var free: Int
    private var lent = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var held: Set<Int> = []
    private var next = 0

    init(_ limit: Int) {
        free = max(1, limit)
        hardLimit = max(1, limit) * 3
    }

    /// Returns once there is a place, and its number.
    func enter() async -> Int {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        next += 1
        held.insert(next)
        return next
    }

    /// Lends the place on, if it is still held.
    func lend(_ place: Int) {
        guard lent < hardLimit, held.remove(place) != nil else { return }
        lent += 1
        give()
    }

    /// Gives the place back.
    func leave(_ place: Int) {
        if held.remove(place) != nil { give() } else { lent -= 1 }
    }

    private func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    /// Runs `work` in a place.
    nonisolated func run<R: Sendable>(_ work: @escaping @Sendable () async -> R) async -> R {
        let place = await enter()
        let result = await work()
        await leave(place)
        return result
    }

    /// Runs `work` in a place, which is lent on after `patience`.
    nonisolated func run<R: Sendable>(
        patience: Duration, clock: any EngineClock, _ work: @escaping @Sendable () async -> R
    ) async -> R {
        let place = await enter()
        return await withTaskGroup(of: R?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await clock.pause(for: patience)
                if !Task.isCancelled { await self.lend(place) }
                return nil
            }
            while let result = await group.next() {
                guard let result else { continue }
                group.cancelAll()
                await self.leave(place)
                return result
            }
            preconditionFailure("a task group lost the task that it was given")
        }
    }
}
