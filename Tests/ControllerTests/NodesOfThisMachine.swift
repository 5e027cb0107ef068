import Glibc
import Testing

/// Tests whose nodes are servers of this machine: a few at a time in the whole target, so that none waits for its turn
/// longer than what it waits for lasts.
struct NodesOfThisMachine: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }
    /// Whether steps go by the machine's own state folder, which has one lease.
    let sharesState: Bool

    /// Servers have a state folder of their own as root only.
    private static let places = Places(geteuid() == 0 ? 3 : 1)
    private static let machine = Places(1)

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        guard sharesState else { return try await Self.places.within(function) }
        try await Self.machine.within { try await Self.places.within(function) }
    }

    private actor Places {
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ count: Int) { free = count }

        nonisolated func within(_ body: @concurrent @Sendable () async throws -> Void) async throws {
            await take()
            do {
                try await body()
            } catch {
                await give()
                throw error
            }
            await give()
        }

        private func take() async {
            if free > 0 { return free -= 1 }
            await withCheckedContinuation { waiting.append($0) }
        }

        private func give() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == NodesOfThisMachine {
    /// Servers of this machine with a state folder each.
    static var nodesOfThisMachine: Self { NodesOfThisMachine(sharesState: false) }
    /// This machine itself, or servers that share its state folder.
    static var thisMachine: Self { NodesOfThisMachine(sharesState: true) }
}
