import Crypto
import Model
import Synchronization

/// A session with a fake node. It breaks where the node's faults say so, and when the node is started again.
final class FakeSession: NodeSession {
    let identity: NodeIdentity
    let recordsInput = false
    private let node: FakeNode
    private let isBroken = Mutex(false)
    private let stopped = Mutex<Set<InvocationID>>([])
    /// Runs that have said over this session that they hold the node.
    private let leased = Mutex<Set<RunID>>([])

    init(_ node: FakeNode) {
        self.node = node
        identity = node.identity
    }

    func run(
        _ invocation: Invocation, from offsets: OutputOffsets, started: @Sendable () async -> Void,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        try check()
        if invocation.mode == .plain {
            node.state.withLock { $0.asked.append((invocation.id, invocation.after, invocation.probe)) }
        }
        let fault = node.takeFault(for: invocation)
        switch fault {
        case .overdue?:
            if invocation.mode == .guarded { claim(invocation, outcome: nil, output: [], isStarted: true) }
            throw breaks(.overdue, "\(node.name) says that it is still at work.")
        case .violates?: throw breaks(.violation, "\(node.name) answered nonsense.", hint: "See who writes there.")
        case .ends(let outcome)?:
            if invocation.mode == .guarded { claim(invocation, outcome: outcome, output: [], isStarted: true) }
            return InvocationResult(outcome: outcome)
        case .slow(let turns)?: for _ in 0..<turns { await Task.yield() }
        case .hangs?, .stoppedBeforeItComes?:
            while !stopped.withLock({ $0.contains(invocation.id) }) {
                try Task.checkCancellation()
                await Task.yield()
                if invocation.mode == .plain { return InvocationResult(outcome: .timedOut) }
            }
            if case .stoppedBeforeItComes? = fault {
                return InvocationResult(outcome: .notStarted(reason: "it was never started, and will not be"))
            }
            if invocation.mode == .guarded { claim(invocation, outcome: .cancelled, output: [], isStarted: true) }
            return InvocationResult(outcome: .cancelled)
        default: break
        }
        guard invocation.mode == .guarded else { return try await ask(invocation, fault, output) }
        return try await runGuarded(invocation, fault, offsets, started, output)
    }

    private func ask(
        _ invocation: Invocation, _ fault: FakeFault.Kind?, _ output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        if fault != nil, !isSlow(fault) { throw breaks(.lost, "The connection to \(node.name) broke.") }
        let (status, bytes) = node.execute(invocation)
        try await output(OutputChunk(stream: .standardOutput, offset: 0, bytes: bytes))
        return InvocationResult(outcome: .exited(status), standardOutputBytes: bytes.count)
    }

    private func isSlow(_ fault: FakeFault.Kind?) -> Bool { if case .slow? = fault { true } else { false } }

    private func runGuarded(
        _ invocation: Invocation, _ fault: FakeFault.Kind?, _ offsets: OutputOffsets,
        _ started: @Sendable () async -> Void, _ output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        let run = invocation.id.run
        if node.state.withLock({ $0.lease?.run == run }), !leased.withLock({ $0.contains(run) }) {
            // As a node does that is sent a step with an older fence than the one it knows.
            throw SessionError(.busy(holder: run.description), "Run \(run.short) holds this node.")
        }
        if case .lostBeforeClaim? = fault { throw breaks(.lost, "The connection to \(node.name) broke.") }
        let digest = Self.digest(invocation.script)
        if let known = node.state.withLock({ $0.claims[invocation.id] }) {
            guard known.digest == digest else { throw breaks(.violation, "\(node.name) ran another script.") }
            return try await tell(known, offsets, output)
        }
        claim(invocation, outcome: nil, output: [], isStarted: false)
        if case .lostBeforeStart? = fault { throw breaks(.lost, "The connection to \(node.name) broke.") }
        node.state.withLock { $0.starts[invocation.id, default: 0] += 1 }
        if case .lostForEver? = fault {
            _ = node.execute(invocation)
            node.state.withLock { $0.claims[invocation.id]?.isStarted = true }
            throw breaks(.lost, "The connection to \(node.name) broke.")
        }
        let boots = node.boots
        let (status, bytes) = node.execute(invocation)
        claim(invocation, outcome: .exited(status), output: bytes, isStarted: true)
        if node.boots != boots { throw breaks(.lost, "\(node.name) went down.") }
        if case .restartedBeforeEnd? = fault {
            node.state.withLock { state in
                state.boot += 1
                state.claims[invocation.id]?.outcome = nil
            }
            throw breaks(.lost, "The connection to \(node.name) broke.")
        }
        if case .cutsItsAccess? = fault {
            node.fireGuards()
            throw breaks(.lost, "The connection to \(node.name) broke.")
        }
        if case .lostBeforeEnd? = fault {
            await started()
            throw breaks(.lost, "The connection to \(node.name) broke.")
        }
        await started()
        guard let claim = node.state.withLock({ $0.claims[invocation.id] }) else {
            throw SessionError(.violation, "no claim")
        }
        return try await tell(claim, offsets, output)
    }

    func reattach(
        _ id: InvocationID, scriptDigest: String, become: Bool, timeout: Duration, from offsets: OutputOffsets,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        try check()
        guard let claim = node.state.withLock({ $0.claims[id] }) else {
            return InvocationResult(outcome: .notStarted(reason: "there is no claim"))
        }
        guard claim.digest == scriptDigest else { throw breaks(.violation, "\(node.name) ran another script.") }
        guard claim.isStarted else {
            // Taken by the side that recovers, so that it never starts.
            node.state.withLock { $0.claims[id]?.outcome = .notStarted(reason: "it was claimed and not started") }
            return InvocationResult(outcome: .notStarted(reason: "it was claimed and not started"))
        }
        return try await tell(claim, offsets, output)
    }

    private func tell(
        _ claim: FakeNode.Claim, _ offsets: OutputOffsets, _ output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        guard let outcome = claim.outcome else { return InvocationResult(outcome: .lost(reason: "nobody can tell")) }
        let rest = Array(claim.output.dropFirst(offsets.standardOutput))
        if !rest.isEmpty {
            try await output(OutputChunk(stream: .standardOutput, offset: offsets.standardOutput, bytes: rest))
        }
        return InvocationResult(outcome: outcome, standardOutputBytes: claim.output.count)
    }

    private func claim(_ invocation: Invocation, outcome: InvocationOutcome?, output: [UInt8], isStarted: Bool) {
        node.state.withLock { state in
            state.claims[invocation.id] = FakeNode.Claim(
                digest: Self.digest(invocation.script), outcome: outcome, output: output, isStarted: isStarted,
                bootID: identity.bootID)
        }
    }

    func cancel(_ id: InvocationID, become: Bool) async throws { stopped.withLock { _ = $0.insert(id) } }

    func acknowledge(_ id: InvocationID, become: Bool) async throws {
        try check()
        node.state.withLock { _ = $0.acknowledged.insert(id) }
    }

    func lease(run: RunID, fence: Int, become: Bool) async throws {
        try check()
        if let refusal = node.state.withLock({ $0.leaseRefusal }) { throw refusal }
        try node.state.withLock { state in
            if let lease = state.lease, lease.run != run, lease.fence > fence {
                throw SessionError(.busy(holder: lease.run.description), "Run \(lease.run.short) holds this node.")
            }
            state.lease = (run, fence)
        }
        leased.withLock { _ = $0.insert(run) }
    }

    func share(leaseOf run: RunID, fence: Int) async { leased.withLock { _ = $0.insert(run) } }

    func release(run: RunID) async throws {
        try check()
        node.state.withLock { state in if state.lease?.run == run { state.lease = nil } }
    }

    func arm(_ undo: Invocation, after delay: Duration) async throws {
        try check()
        let fault = node.takeFault(for: undo)
        if case .lostBeforeClaim? = fault { throw breaks(.lost, "The connection to \(node.name) broke.") }
        let isNew = node.state.withLock { state -> Bool in
            guard state.undos.insert(undo.id).inserted else { return false }
            state.armed[undo.id] = undo
            return true
        }
        if !isNew { throw breaks(.violation, "\(node.name) knows that undo.") }
        if case .lostBeforeEnd? = fault { throw breaks(.lost, "The connection to \(node.name) broke.") }
    }

    func disarm(_ id: InvocationID, become: Bool) async throws -> GuardEnd {
        try check()
        return node.state.withLock { state -> GuardEnd in
            state.armed[id] = nil
            if state.fired.contains(id) { return .fired }
            return state.undos.contains(id) ? .disarmed : .unknown
        }
    }

    func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]? { nil }

    func close() async { isBroken.withLock { $0 = true } }

    private func check() throws {
        if isBroken.withLock({ $0 }) { throw SessionError(.lost, "The session is closed.") }
        if !node.state.withLock({ $0.isUp }) || node.identity.bootID != identity.bootID {
            throw breaks(.lost, "The connection to \(node.name) broke.")
        }
    }

    private func breaks(_ kind: SessionError.Kind, _ text: String, hint: String? = nil) -> SessionError {
        isBroken.withLock { $0 = true }
        return SessionError(kind, text, hint: hint)
    }

    private static func digest(_ script: String) -> String {
        SHA256.hash(data: Array(script.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
