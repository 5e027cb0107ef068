/// Work that several nodes need and that is done once: the first that asks does it, the others wait for its result.
actor OnceTable<Key: Hashable & Sendable, Result: Sendable> {
    private enum Entry {
        case left(@Sendable () async -> Result)
        case running([CheckedContinuation<Result, Never>])
        case done(Result)
    }

    private var entries: [Key: Entry] = [:]

    /// The result for `key`, from `work` if nobody has begun it, or if what others came to does not count for all.
    func result(
        for key: Key, counts: @Sendable (Result) -> Bool = { _ in true }, _ work: @Sendable () async -> Result
    ) async -> Result {
        while true {
            let others: Result
            switch entries[key] {
            case .done(let result): return result
            case nil: return await begin(key, counts, work)
            case .left(let rest): others = await begin(key, counts, rest)
            case .running(let waiters):
                others = await withCheckedContinuation { entries[key] = .running(waiters + [$0]) }
            }
            if counts(others) { return others }
        }
    }

    private func begin(
        _ key: Key, _ counts: @Sendable (Result) -> Bool, _ work: @Sendable () async -> Result
    ) async -> Result {
        entries[key] = .running([])
        let result = await work()
        let waiters =
            if case .running(let waiters) = entries[key] { waiters } else { [CheckedContinuation<Result, Never>]() }
        entries[key] = counts(result) ? .done(result) : nil
        for waiter in waiters { waiter.resume(returning: result) }
        return result
    }

    /// Puts in the `rest` of what was begun before: whoever asks first has that done before anything of its own.
    func put(rest: @escaping @Sendable () async -> Result, for key: Key) { entries[key] = .left(rest) }

    /// Puts in what is known already.
    func put(_ result: Result, for key: Key) { entries[key] = .done(result) }
}
