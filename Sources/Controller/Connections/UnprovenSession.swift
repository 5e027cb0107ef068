import Model

/// A session with a node whose host key was not recorded before: all but secrets may be sent to it.
///
/// Whoever answers there may be anybody, so a secret that reaches it may be lost.
struct UnprovenSession: NodeSession {
    let session: any NodeSession
    let node: String

    var identity: NodeIdentity { session.identity }

    var recordsInput: Bool { session.recordsInput }

    func run(
        _ invocation: Invocation, from offsets: OutputOffsets, started: @Sendable () async -> Void,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        try refuseSecrets(of: invocation)
        return try await session.run(invocation, from: offsets, started: started, output: output)
    }

    func reattach(
        _ id: InvocationID, scriptDigest: String, become: Bool, timeout: Duration, from offsets: OutputOffsets,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        try await session.reattach(
            id, scriptDigest: scriptDigest, become: become, timeout: timeout, from: offsets, output: output)
    }

    func cancel(_ id: InvocationID, become: Bool) async throws { try await session.cancel(id, become: become) }

    func acknowledge(_ id: InvocationID, become: Bool) async throws {
        try await session.acknowledge(id, become: become)
    }

    func lease(run: RunID, fence: Int, become: Bool) async throws {
        try await session.lease(run: run, fence: fence, become: become)
    }

    func share(leaseOf run: RunID, fence: Int) async { await session.share(leaseOf: run, fence: fence) }

    func release(run: RunID) async throws { try await session.release(run: run) }

    func arm(_ undo: Invocation, after delay: Duration) async throws {
        try refuseSecrets(of: undo)
        try await session.arm(undo, after: delay)
    }

    func disarm(_ id: InvocationID, become: Bool) async throws -> GuardEnd {
        try await session.disarm(id, become: become)
    }

    func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]? {
        try await session.captured(file, of: id, become: become)
    }

    func close() async { await session.close() }

    private func refuseSecrets(of invocation: Invocation) throws(SessionError) {
        guard !invocation.secrets.isEmpty else { return }
        throw SessionError(
            .hostKey, "No secret is sent to \(node): its host key was not recorded before.",
            hint: "Check the key, then: runbook nodes keys accept \(node)")
    }
}
