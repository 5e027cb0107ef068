import Model

/// A session with a node through the supervisor: one for the login user, one for the user to become, each started when
/// it is first needed.
package actor SupervisedSession: NodeSession {
    package nonisolated let identity: NodeIdentity
    private let opener: any SupervisorChannelOpener
    private let become: BecomeSettings
    private let password: (@Sendable () async throws -> SecretBytes)?
    private var seats: [Bool: Task<SupervisorSeat, any Error>] = [:]
    /// Whether the user to become runs each invocation that is not acknowledged yet.
    private var places: [InvocationID: Bool] = [:]
    private var leasePlaces: [RunID: Bool] = [:]

    private init(
        opener: any SupervisorChannelOpener, become: BecomeSettings,
        password: (@Sendable () async throws -> SecretBytes)?, first: SupervisorSeat, isBecome: Bool
    ) {
        self.opener = opener
        self.become = become
        self.password = password
        identity = first.identity
        seats[isBecome] = Task { first }
    }

    /// Greets the node: as the user to become where there is one, else as the login user.
    /// - Throws: `SessionError`.
    package static func open(
        over opener: any SupervisorChannelOpener, become: BecomeSettings,
        password: (@Sendable () async throws -> SecretBytes)?
    ) async throws -> SupervisedSession {
        let isBecome = become.method == .sudo
        let seat = try await SupervisorSeat.open(over: opener, become: isBecome ? become : nil, password: password)
        return SupervisedSession(
            opener: opener, become: become, password: password, first: seat, isBecome: isBecome)
    }

    package func run(
        _ invocation: Invocation, from offsets: OutputOffsets, started: @Sendable () async -> Void,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        let frame = try SupervisorFrame.invoke(invocation, from: offsets, nonce: Nonce.make())
        if invocation.mode == .guarded { places[invocation.id] = invocation.become }
        return try await follow(
            invocation.id, become: invocation.become, frame: frame, from: offsets, started: started, output: output)
    }

    package func reattach(
        _ id: InvocationID, scriptDigest: String, become isBecome: Bool, from offsets: OutputOffsets,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        places[id] = isBecome
        let frame = SupervisorFrame.attach(id, scriptDigest: scriptDigest, limit: 1 << 40, from: offsets)
        return try await follow(id, become: isBecome, frame: frame, from: offsets, started: {}, output: output)
    }

    package func cancel(_ id: InvocationID) async throws {
        try await seat(become: places[id] ?? true).send(.stop(id))
    }

    package func acknowledge(_ id: InvocationID) async throws {
        let seat = try await seat(become: places.removeValue(forKey: id) ?? true)
        try await ask(seat, .acknowledge(id)) { event in
            if case .done = event { true } else { false }
        }
    }

    package func lease(run: RunID, fence: Int, become: Bool) async throws {
        leasePlaces[run] = become
        let seat = try await seat(become: become)
        try await ask(seat, .lease(run, fence: fence)) { event in
            switch event {
            case .leased: return true
            case .busy(let holder):
                throw SessionError(
                    .busy(holder: holder), "Run \(holder.prefix(8)) holds this node.",
                    hint: "Wait until it has ended, or look at it with: runbook show \(holder.prefix(8))")
            default: return false
            }
        }
    }

    package func release(run: RunID) async throws {
        let seat = try await seat(become: leasePlaces.removeValue(forKey: run) ?? true)
        try await ask(seat, .release(run)) { event in
            if case .done = event { true } else { false }
        }
    }

    package func arm(_ undo: Invocation, after delay: Duration) async throws {
        places[undo.id] = undo.become
        let seat = try await seat(become: undo.become)
        try await ask(seat, try .arm(undo, after: delay, nonce: Nonce.make())) { event in
            switch event {
            case .armed: return true
            case .refused:
                throw SessionError(.unusable, "The undo could not be armed on the node: it has no space left.")
            default: return false
            }
        }
    }

    package func disarm(_ id: InvocationID, become isBecome: Bool) async throws -> Bool {
        let seat = try await seat(become: isBecome)
        return try await seat.converse { seat in
            try await seat.send(.disarm(id))
            switch try await seat.next() {
            case .disarmed(id.description): return true
            case .fired(id.description): return false
            case .unarmed(id.description):
                throw SessionError(.lost, "The node does not know the undo that was armed for \(id).")
            default: throw await seat.violation(ProtocolViolation("something else than an answer to 'disarm' came"))
            }
        }
    }

    package func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]? {
        guard file.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != 0 }), file != "..", file != "." else {
            return nil
        }
        let invocation = Invocation(
            id: id, mode: .plain, script: "test -e \"$RUNBOOK_STATE/$FILE\" || exit 44\ncat \"$RUNBOOK_STATE/$FILE\"",
            environment: ["FILE": file], become: become, outputLimit: 64 << 20)
        let collected = CollectedBytes()
        let result = try await run(invocation, from: .start, started: {}) { chunk in
            if chunk.stream == .standardOutput { await collected.append(chunk.bytes) }
        }
        switch result.outcome {
        case .exited(0): return await collected.bytes
        case .exited(44): return nil
        default: throw SessionError(.lost, "The state of \(id) on the node can't be read.")
        }
    }

    package func close() async {
        for seat in seats.values {
            if let seat = try? await seat.value { await seat.close() }
        }
        seats = [:]
        await opener.close()
    }

    /// The supervisor of the user to become, or of the login user where nobody else is become.
    private func seat(become wanted: Bool) async throws -> SupervisorSeat {
        let isBecome = wanted && become.method == .sudo
        if let seat = seats[isBecome] { return try await seat.value }
        let seat = Task {
            try await SupervisorSeat.open(over: opener, become: isBecome ? become : nil, password: password)
        }
        seats[isBecome] = seat
        return try await seat.value
    }

    /// Sends one frame and takes the first event, which `accepts` says is the answer.
    private func ask(
        _ seat: SupervisorSeat, _ frame: SupervisorFrame, accepts: @Sendable (SupervisorEvent) throws -> Bool
    ) async throws {
        try await seat.converse { seat in
            try await seat.send(frame)
            guard try accepts(try await seat.next()) else {
                throw await seat.violation(ProtocolViolation("something else than an answer came"))
            }
        }
    }

    private func follow(
        _ id: InvocationID, become: Bool, frame: SupervisorFrame, from offsets: OutputOffsets,
        started: @Sendable () async -> Void, output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult {
        try await seat(become: become).converse { seat in
            var progress = InvocationProgress(id: id, from: offsets)
            try await seat.send(frame)
            while true {
                let event = try await seat.next()
                let step: InvocationProgress.Step?
                do throws(ProtocolViolation) {
                    step = try progress.apply(event)
                } catch {
                    throw await seat.violation(error)
                }
                switch step {
                case .none: continue
                case .started: await started()
                case .output(let chunk): try await output(chunk)
                case .ended(let result): return result
                case .refused(let why):
                    return InvocationResult(
                        outcome: .notStarted(
                            reason: why == "nospace"
                                ? "the script did not arrive whole, most likely because the node's disk is full" : why))
                case .mismatch:
                    throw SessionError(
                        .violation, "The node knows \(id) as another script, or from another machine.",
                        hint: "Its state folder was copied or shared. Nothing was run.")
                }
            }
        }
    }
}

/// Bytes that arrive piece by piece.
private actor CollectedBytes {
    private(set) var bytes: [UInt8] = []

    func append(_ more: [UInt8]) { bytes += more }
}
