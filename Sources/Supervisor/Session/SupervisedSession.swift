import Model

/// A session with a node through its supervisors: one for the user to become, one for the login user, each started when
/// it is first needed, and further ones while those are busy with something long.
package actor SupervisedSession: NodeSession {
    package nonisolated let identity: NodeIdentity
    package nonisolated let recordsInput: Bool
    private let opener: any SupervisorChannelOpener
    private let becomes: Bool
    private let becomePool: LanePool
    private let loginPool: LanePool
    private var running: [InvocationID: (lane: SupervisorLane, mode: Invocation.Mode)] = [:]
    private var leases: [RunID: (become: Bool, fence: Int)] = [:]
    /// Fences of claims that other sessions made.
    private var sharedFences: [RunID: Int] = [:]

    /// Supervisors of one user on one node at one time.
    private static let laneLimit = 4

    private init(
        opener: any SupervisorChannelOpener, becomes: Bool, becomePool: LanePool, loginPool: LanePool,
        identity: NodeIdentity, recordsInput: Bool
    ) {
        self.opener = opener
        self.becomes = becomes
        self.becomePool = becomePool
        self.loginPool = loginPool
        self.identity = identity
        self.recordsInput = recordsInput
    }

    /// Starts the supervisor over `opener` and waits until it has said what the node is.
    ///
    /// With `become`, the supervisor runs as that user, and a second one is started for the login user only once an
    /// invocation with `become: false` comes. `password` is asked at most once, only when sudo shows its prompt.
    /// Closing the session closes `opener`; so does a failure here. A node that says for longer than `overtime` beyond a
    /// script's timeout that it is still at work is not waited for: the session throws `.overdue`.
    /// - Throws: `SessionError`.
    package static func open(
        over opener: any SupervisorChannelOpener, become: BecomeSettings,
        password: (@Sendable () async throws -> SecretBytes)?, overtime: Duration? = nil
    ) async throws -> SupervisedSession {
        let becomes = become.method == .sudo
        let overtime = overtime ?? SupervisorLane.overtime
        // With a password each further supervisor would ask for it again: one has to do.
        let becomePool = LanePool(
            greeting: SupervisorGreeting(become: become, password: password), opener: opener,
            limit: password == nil ? laneLimit : 1, overtime: overtime)
        let loginPool = LanePool(
            greeting: SupervisorGreeting(become: nil, password: nil), opener: opener, limit: laneLimit,
            overtime: overtime)
        do {
            let lane = try await (becomes ? becomePool : loginPool).first()
            return SupervisedSession(
                opener: opener, becomes: becomes, becomePool: becomePool, loginPool: loginPool,
                identity: lane.identity, recordsInput: lane.isRecorded)
        } catch {
            await opener.close()
            throw error
        }
    }

    package func run(
        _ invocation: Invocation, from offsets: OutputOffsets, started: @Sendable () async -> Void,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        let frame: SupervisorFrame
        do throws(FrameRefusal) {
            frame = try .invoke(
                invocation, from: offsets, fence: fence(of: invocation.id.run), token: Nonce.make())
        } catch {
            return InvocationResult(outcome: .notStarted(reason: error.reason))
        }
        let lane = try await pool(become: invocation.become).lane()
        if lane.isRecorded, !invocation.secrets.isEmpty {
            throw SessionError(
                .refused, "No secret is sent: sudo on the node records what it is given (log_input).",
                hint: "Set '!log_input' for the login user in the node's sudoers, or log in as the user to become.")
        }
        running[invocation.id] = (lane, invocation.mode)
        defer { running[invocation.id] = nil }
        do {
            return try await follow(
                frame, on: lane, of: invocation.id, from: invocation.mode == .plain ? .start : offsets,
                limit: invocation.outputLimit, started: started, output: output)
        } catch {
            // Nobody waits for a plain script any more: it need not go on.
            if invocation.mode == .plain {
                _ = try? await lane.submit(.stop(invocation.id, .plain, token: Nonce.make()))
            }
            throw error
        }
    }

    package func reattach(
        _ id: InvocationID, scriptDigest: String, become: Bool, timeout: Duration, from offsets: OutputOffsets,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        let lane = try await pool(become: become).lane()
        running[id] = (lane, .guarded)
        defer { running[id] = nil }
        return try await follow(
            .attach(id, scriptDigest: scriptDigest, timeout: timeout, from: offsets, token: Nonce.make()), on: lane,
            of: id, from: offsets, limit: .max, started: {}, output: output)
    }

    package func cancel(_ id: InvocationID, become: Bool) async throws {
        let known = running[id]
        let lane: SupervisorLane
        if let known { lane = known.lane } else { lane = try await pool(become: become).first() }
        _ = try await lane.submit(.stop(id, known?.mode ?? .guarded, token: Nonce.make()))
    }

    package func acknowledge(_ id: InvocationID, become: Bool) async throws {
        let lane = try await pool(become: become).lane()
        try expect([.done], await ask(.acknowledge(id, token: Nonce.make()), lane))
    }

    package func lease(run: RunID, fence: Int, become: Bool) async throws {
        let lane = try await pool(become: become).first()
        let answer = try await ask(.lease(run, fence: fence, token: Nonce.make()), lane)
        if case .busy(let holder) = answer { throw SessionError.busy(holder) }
        try expect([.done], answer)
        leases[run] = (become, fence)
    }

    package func share(leaseOf run: RunID, fence: Int) async { sharedFences[run] = fence }

    /// 0 for a run that holds nothing here.
    private func fence(of run: RunID) -> Int { max(leases[run]?.fence ?? 0, sharedFences[run] ?? 0) }

    package func release(run: RunID) async throws {
        let lane = try await pool(become: leases[run]?.become ?? true).first()
        try expect([.done], await ask(.release(run, token: Nonce.make()), lane))
        leases[run] = nil
    }

    package func arm(_ undo: Invocation, after delay: Duration) async throws {
        let frame: SupervisorFrame
        do throws(FrameRefusal) {
            frame = try .arm(undo, after: delay, fence: fence(of: undo.id.run), token: Nonce.make())
        } catch {
            throw SessionError(.unusable, "The undo can't be armed on the node: \(error.reason).")
        }
        switch try await ask(frame, try await pool(become: undo.become).lane()) {
        case .done: return
        case .busy(let holder): throw SessionError.busy(holder)
        case .notStarted("timer"):
            throw SessionError(
                .unusable, "The undo could not be armed: the node's service manager takes no timer.",
                hint: "Is /etc/systemd/system on the node writable?")
        case .notStarted("given-up"):
            throw SessionError(.unusable, "The undo was not armed: the node was told before that it must not be.")
        case .notStarted: throw SupervisorLane.error(forFatal: "nospace")
        default: throw SessionError.violation("The node did not say whether the undo is armed.")
        }
    }

    package func disarm(_ id: InvocationID, become: Bool) async throws -> GuardEnd {
        switch try await ask(.disarm(id, token: Nonce.make()), try await pool(become: become).lane()) {
        case .done: return .disarmed
        case .fired: return .fired
        case .nothing: return .unknown
        default: throw SessionError.violation("The node did not say whether the undo is disarmed.")
        }
    }

    package func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]? {
        let allowed = file.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || [0x2d, 0x2e, 0x5f].contains($0)
        }
        guard allowed, !file.isEmpty, !file.hasPrefix(".") else { return nil }
        let lane = try await pool(become: become).lane()
        let mailbox = try await lane.submit(.fetch(file, of: id, token: Nonce.make()))
        var bytes: [UInt8] = []
        while true {
            switch try await mailbox.next() {
            case .output(let chunk):
                bytes += chunk.bytes
                guard bytes.count <= Self.captureLimit else {
                    await mailbox.abandon()
                    throw SessionError(
                        .unusable, "The file '\(file)' in the step's state folder is larger than 64 MiB.")
                }
            case .ended: return bytes
            case .nothing: return nil
            case .started, .alive: continue
            default: throw SessionError.violation("The node answered something else than a file.")
            }
        }
    }

    /// The largest file that `captured` gives, in bytes.
    private static let captureLimit = 64 << 20

    package func close() async {
        await becomePool.close()
        await loginPool.close()
        await opener.close()
    }

    /// The supervisors of the user to become, or of the login user where nobody else is become.
    private func pool(become: Bool) -> LanePool { become && becomes ? becomePool : loginPool }

    private func ask(_ frame: SupervisorFrame, _ lane: SupervisorLane) async throws -> SupervisorEvent {
        let mailbox = try await lane.submit(frame)
        while true {
            let event = try await mailbox.next()
            if event != .alive { return event }
        }
    }

    private func expect(_ wanted: [SupervisorEvent], _ event: SupervisorEvent) throws {
        guard wanted.contains(event) else { throw SessionError.violation("The node answered something else.") }
    }

    private func follow(
        _ frame: SupervisorFrame, on lane: SupervisorLane, of id: InvocationID, from offsets: OutputOffsets, limit: Int,
        started: @Sendable () async -> Void, output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        let mailbox = try await lane.submit(frame)
        do {
            var progress = ScriptProgress(from: offsets, limit: limit)
            while true {
                switch try progress.apply(try await mailbox.next(), of: id) {
                case .nothing: continue
                case .started: await started()
                case .output(let chunk): try await output(chunk)
                case .ended(let result): return result
                }
            }
        } catch {
            await mailbox.abandon()
            throw error
        }
    }
}
