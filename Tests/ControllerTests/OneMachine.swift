import Testing

/// For suites whose nodes are this very machine: it has one lease, so only one of their tests runs at a time.
struct OneMachine: TestTrait, SuiteTrait, TestScoping {
    private actor Lock {
        private var isHeld = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func acquire() async {
            if isHeld {
                await withCheckedContinuation { waiting.append($0) }
            } else {
                isHeld = true
            }
        }

        func release() {
            if waiting.isEmpty { isHeld = false } else { waiting.removeFirst().resume() }
        }
    }

    private static let lock = Lock()

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Self.lock.acquire()
        do {
            try await function()
        } catch {
            await Self.lock.release()
            throw error
        }
        await Self.lock.release()
    }
}

extension Trait where Self == OneMachine {
    /// Not while a test of another such suite runs.
    static var oneMachine: OneMachine { OneMachine() }
}
