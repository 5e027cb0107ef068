import Foundation
import Glibc
import Testing

/// Tests whose nodes are servers of this machine: few at a time in the whole target, on threads of their own.
struct NodesOfThisMachine: SuiteTrait, TestTrait, TestScoping {
    /// What a test uses of the machine.
    enum Use: Sendable {
        /// Servers that keep what is a node's to themselves.
        case servers
        /// The machine as one of the nodes, or its own state folder: one run has that at a time.
        case itself
        /// All of it: no other of these tests runs meanwhile.
        case all
    }

    let use: Use

    var isRecursive: Bool { true }

    /// Tests at a time. A run is a chain of processes of which one works while
    /// the others wait. Without root all servers have one state folder, and
    /// with it one lease.
    private static let count = geteuid() == 0 ? min(4, ProcessInfo.processInfo.activeProcessorCount + 1) : 1
    private static let places = Places(count)
    private static let machine = Places(1)
    static let threads = WaitingThreads(16)

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        guard use == .itself else { return try await perform(function) }
        try await Self.machine.holding(1) { try await perform(function) }
    }

    private func perform(_ function: @concurrent @Sendable () async throws -> Void) async throws {
        try await Self.places.holding(use == .all ? Self.count : 1) {
            try await withTaskExecutorPreference(Self.threads) { try await function() }
        }
    }

    /// Places that are taken in the order in which they were asked for.
    private actor Places {
        private var free: Int
        private var waiting: [(number: Int, turn: CheckedContinuation<Void, Never>)] = []

        init(_ count: Int) { free = count }

        func holding(_ number: Int, _ body: @concurrent @Sendable () async throws -> Void) async throws {
            await take(number)
            defer { give(number) }
            try await body()
        }

        private func take(_ number: Int) async {
            if waiting.isEmpty, free >= number { return free -= number }
            await withCheckedContinuation { waiting.append((number, $0)) }
        }

        private func give(_ number: Int) {
            free += number
            while let next = waiting.first, free >= next.number {
                waiting.removeFirst()
                free -= next.number
                next.turn.resume()
            }
        }
    }
}

extension Trait where Self == NodesOfThisMachine {
    static var nodesOfThisMachine: Self { Self(use: .servers) }
    static var thisMachineItself: Self { Self(use: .itself) }
    static var allOfThisMachine: Self { Self(use: .all) }
}
