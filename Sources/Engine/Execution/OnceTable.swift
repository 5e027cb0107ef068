/// Work that several nodes need and that is done once: the first that asks does it, the others wait for its result.
actor OnceTable<Key: Hashable & Sendable, Result: Sendable> {
    private enum Entry {
        case left(@Sendable () async -> Result)
        case running([CheckedContinuation<Result, Never>])
        case done(Result)
    }

    private var entries: [Key: Entry] = [:]

    /// The result for `key`, from `work` if nobody has begun it.
    func result(for key: Key, _ work: @Sendable () async -> Result) async -> Result {
        switch entries[key] {
        case .done(let result): return result
        case .running:
            return await withCheckedContinuation { waiter in
                guard case .running(let waiters) = entries[key] else { return }
                entries[key] = .running(waiters + [waiter])
            }
        case .left(let rest): return await begin(key, rest)
        case nil: return await begin(key, work)
        }
    }

    private func begin(_ key: Key, _ work: @Sendable () async -> Result) async -> Result {
        entries[key] = .running([])
        let result = await work()
        let waiters =
            if case .running(let waiters) = entries[key] { waiters } else { [CheckedContinuation<Result, Never>]() }
        entries[key] = .done(result)
        for waiter in waiters { waiter.resume(returning: result) }
        return result
    }

    /// Puts in the `rest` of what was begun before: whoever asks first has that done, and nothing of its own.
    func put(rest: @escaping @Sendable () async -> Result, for key: Key) { entries[key] = .left(rest) }

    /// Puts in what is known already.
    func put(_ result: Result, for key: Key) { entries[key] = .done(result) }
}
