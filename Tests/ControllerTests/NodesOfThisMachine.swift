import Testing

/// Tests whose nodes are servers of this machine, one at a time in the whole target: they wait for processes on threads
/// that others need to go on, and there are no more of those than processors.
struct NodesOfThisMachine: SuiteTrait, TestTrait, TestScoping {
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

extension Trait where Self == NodesOfThisMachine {
    static var nodesOfThisMachine: Self { NodesOfThisMachine() }
}
