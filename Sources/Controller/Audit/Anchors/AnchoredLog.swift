import Model
import Synchronization

/// The journal of a run, which anchors the audit chain before the run's first change.
///
/// A step is sent only once its intention is durable, so whatever is done before `append` returns is done before the
/// step's first byte is sent.
final class AnchoredLog: RunLog {
    private let log: any RunLog
    private let anchor: @Sendable () async -> Void
    private let isAnchored = Mutex(false)

    init(_ log: any RunLog, anchor: @escaping @Sendable () async -> Void) {
        self.log = log
        self.anchor = anchor
    }

    func append(_ events: [RunEvent], run: RunID) async throws {
        try await log.append(events, run: run)
        guard events.contains(where: \.intendsStep), isAnchored.withLock({ $0.flip() }) else { return }
        await anchor()
    }

    func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws -> OutputReceipt {
        try await log.output(chunk, of: id, node: node)
    }

    func store(plan: Plan, digest: String, run: RunID) async throws {
        try await log.store(plan: plan, digest: digest, run: run)
    }

    func claim(node: String, run: RunID) async throws -> Int { try await log.claim(node: node, run: run) }

    func release(node: String, run: RunID) async throws { try await log.release(node: node, run: run) }

    func shown(_ event: RunEvent, run: RunID) -> RunEvent { log.shown(event, run: run) }

    func shown(_ plan: Plan, run: RunID) -> Plan { log.shown(plan, run: run) }
}

extension Bool {
    /// Sets it; true for the one who did.
    fileprivate mutating func flip() -> Bool {
        defer { self = true }
        return !self
    }
}

extension RunEvent {
    fileprivate var intendsStep: Bool {
        if case .stepIntended = self { return true }
        return false
    }
}
