import Testing

/// Tests whose nodes are this machine: one at a time in the whole target, since a node has one lease.
struct OneMachine: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    private static let lock = Lock()

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Self.lock.take()
        do {
            try await function()
        } catch {
            await Self.lock.give()
            throw error
        }
        await Self.lock.give()
    }

    private actor Lock {
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take() async {
            if !isTaken { return isTaken = true }
            await withCheckedContinuation { waiting.append($0) }
        }

        func give() {
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == OneMachine {
    static var oneMachine: Self { OneMachine() }
}
