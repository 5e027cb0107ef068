import Model

/// A script that changes the node, with the terms on which it is sent.
struct Sending: Sendable {
    var slot: StepSlot
    var id: InvocationID
    var purpose: StepIntent.Purpose
    var name: String
    var verb: String
    var script: StepProgram.Script
    var effect: Effect
    var location: Location
    var become: Bool
    var timeout: Duration
    var input: [UInt8]?
    /// The planned digest of the former value; empty for any.
    var expect = ""
    /// The digest of the value that it will leave, where the node told it.
    var after: String?
    /// Whose state folder it works in; nil: its own.
    var stateOwner: InvocationID?
    /// What else the script finds in its environment.
    var extra: [String: String] = [:]
    /// The undo that the node carries out by itself unless it is disarmed, and after how long.
    var armed: (undo: Invocation, delay: Duration)?
}

extension StepProgram.Script {
    /// SHA-256 of the script, by which the node knows it.
    var digest: String { Digest.hex(of: text) }
}

/// How sending ended.
struct SendingResult: Sendable {
    var answer: Answer
    /// The node could not be reached, before anything was sent or afterwards.
    var isUnreachable = false
    /// Another run holds the node.
    var isBusy = false
    /// The node carried its armed undo out by itself.
    var guardFired = false
    /// What to do about what could not be sent.
    var hint: String?
}

extension NodeRun {
    /// How long a node that was lost in the middle of a step is tried again, beyond the step's own timeout.
    static let reattachPatience = Duration.seconds(300)

    /// Sends a guarded script: its intent is durable before its first byte leaves and before its undo is armed, and
    /// it is started at most once.
    ///
    /// A connection that breaks is opened again and the script taken up where it was left.
    /// - Throws: `EngineError` where the journal failed.
    func send(_ sending: Sending) async throws(EngineError) -> SendingResult {
        let sink = OutputSink(recorder: shared.recorder, id: sending.id, node: node.name, memory: Answer.keptBytes)
        let invocation: Invocation
        let place: (session: any NodeSession, host: String?)
        do {
            invocation = try await self.invocation(of: sending)
            place = try await reconnect(at: sending.location, patience: .seconds(60))
        } catch {
            return try await unsent(error, sink)
        }
        let intent = StepIntent(
            id: sending.id, name: sending.name, purpose: sending.purpose, verb: sending.verb,
            scriptDigest: sending.script.digest, effect: sending.effect,
            bootID: place.session.identity.bootID, machineID: place.session.identity.machineID, host: place.host,
            afterDigest: sending.after, isSensitive: sending.slot.step.isSensitive)
        var result: SendingResult
        if let armed = sending.armed {
            // One commit: whoever goes on with the run knows of the undo, and asks the node what became of the step.
            try await record(.stepIntended(node: node.name, intent), .guardArmed(node: node.name, intent.id))
            do {
                try await place.session.arm(armed.undo, after: armed.delay)
            } catch {
                result = try await unsent(error, sink)
                try await settleGuard(sending, host: place.host, &result)
                return result
            }
        } else {
            try await record(.stepIntended(node: node.name, intent))
        }
        do {
            let ended = try await runWhenFree(invocation, on: place.session, sink)
            result = SendingResult(answer: sink.answer(ended.outcome, result: ended))
        } catch let error as SessionError where error.isBusy {
            var hint = error.hint
            if case .busy(let holder) = error.kind { hint = await nodeHolder(holder).hint }
            let answer = sink.answer(.notStarted(reason: error.message))
            result = SendingResult(answer: answer, isBusy: true, hint: hint)
        } catch {
            result = try await afterBreak(error, intent, sending, sink, host: place.host, session: place.session)
        }
        if sending.armed != nil { try await settleGuard(sending, host: place.host, &result) }
        return result
    }

    /// Takes up what an earlier process or session sent, without ever starting it.
    func takeUp(_ intent: StepIntent, _ sending: Sending) async throws(EngineError) -> SendingResult {
        let sink = OutputSink(recorder: shared.recorder, id: intent.id, node: node.name, memory: Answer.keptBytes)
        var result = try await reattach(intent, sending, sink)
        if progress.steps[intent.id.step]?.armed != nil {
            try await settleGuard(sending, host: intent.host, &result)
        }
        return result
    }

    /// Tells the node that the outcome is durable, while the run goes on: the next step does not wait for the answer.
    /// A node that can't hear it keeps its record, which harms nothing.
    func acknowledge(_ id: InvocationID, location: Location, become: Bool) async {
        guard let session = try? await session(at: location).session else { return }
        let earlier = acknowledgement
        acknowledgement = Task {
            await earlier?.value
            try? await session.acknowledge(id, become: become)
        }
    }

    private func invocation(of sending: Sending) async throws -> Invocation {
        var environment = sending.script.environment
        environment["RUNBOOK_EXPECT"] = sending.expect
        environment.merge(sending.extra) { $1 }
        return Invocation(
            id: sending.id, mode: .guarded, script: sending.script.text, shell: sending.script.shell,
            environment: environment, secrets: try await secretBytes(sending.script.secrets),
            input: sending.input ?? sending.script.input, become: sending.become, timeout: sending.timeout,
            once: sending.effect == .once, stateOwner: sending.stateOwner)
    }

    /// Runs it, and waits a little where another run holds the machine that it is for: a host may be another one's target.
    private func runWhenFree(
        _ invocation: Invocation, on session: any NodeSession, _ sink: OutputSink
    ) async throws -> InvocationResult {
        let deadline = clock.elapsed() + Self.leasePatience
        while true {
            do {
                return try await runStoppable(invocation, on: session, sink)
            } catch let error as SessionError where error.isBusy {
                guard clock.elapsed() < deadline, shared.control.level == .go else { throw error }
            }
            await shared.control.pause(for: .seconds(1), until: .finishSteps, clock: clock)
            _ = await sharingLease(session)
        }
    }

    /// Runs it, and ends it on the node once the run is told to stop now.
    private func runStoppable(
        _ invocation: Invocation, on session: any NodeSession, _ sink: OutputSink
    ) async throws -> InvocationResult {
        let control = shared.control
        return try await withThrowingTaskGroup(of: InvocationResult?.self) { group in
            group.addTask {
                try await session.run(
                    invocation, from: .start, started: { await self.noteStart(invocation.id) },
                    output: { chunk in try await sink.take(chunk) })
            }
            group.addTask {
                await control.reached(.stopNow)
                if !Task.isCancelled { try? await session.cancel(invocation.id, become: invocation.become) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw SessionError(.cancelled, "The session ended without an answer.")
        }
    }

    /// A failure to record it shows with the next event, before anything else is sent.
    private func noteStart(_ id: InvocationID) async { try? await record(.stepStarted(node: node.name, id)) }

    /// Nothing of it has left yet.
    private func unsent(_ error: any Error, _ sink: OutputSink) async throws(EngineError) -> SendingResult {
        if let failure = await shared.recorder.failure { throw failure }
        if let error = error as? EngineError { throw error }
        var result = SendingResult(answer: sink.answer(.notStarted(reason: Self.reason(error))))
        if let error = error as? SessionError {
            result.isBusy = error.isBusy
            result.isUnreachable = error.isUnreachable
            result.hint = error.hint
        }
        return result
    }

    private func afterBreak(
        _ error: any Error, _ intent: StepIntent, _ sending: Sending, _ sink: OutputSink, host: String?,
        session: any NodeSession
    ) async throws(EngineError) -> SendingResult {
        if let failure = await shared.recorder.failure { throw failure }
        if sink.isFull {
            try? await session.cancel(intent.id, become: sending.become)
            await dropSession(host: host)
            return SendingResult(answer: sink.answer(.outputLimitExceeded))
        }
        await dropSession(host: host)
        if let error = error as? SessionError,
            error.kind == .violation || error.kind == .overdue && shared.control.level >= .stopNow
        {
            return SendingResult(answer: sink.answer(.lost(reason: error.message)), hint: error.hint)
        }
        return try await reattach(intent, sending, sink)
    }

    /// Connects again until the node tells how it ended, or nobody can tell.
    private func reattach(
        _ intent: StepIntent, _ sending: Sending, _ sink: OutputSink
    ) async throws(EngineError) -> SendingResult {
        let deadline = clock.elapsed() + sending.timeout + Self.reattachPatience
        while true {
            var host: String?
            do {
                let place = try await reconnect(
                    at: sending.location, patience: max(.zero, deadline - clock.elapsed()),
                    despiteRefusals: sending.armed != nil)
                host = place.host
                let identity = place.session.identity
                if identity.machineID != intent.machineID {
                    return SendingResult(answer: sink.answer(.lost(reason: "the node is another machine now")))
                }
                if identity.bootID != intent.bootID && intent.effect == .once {
                    return SendingResult(answer: sink.answer(.lost(reason: "the node was started again meanwhile")))
                }
                let ended = try await reattachStoppable(
                    intent, become: sending.become, timeout: sending.timeout, on: place.session, sink)
                return SendingResult(answer: sink.answer(ended.outcome, result: ended))
            } catch {
                if let failure = await shared.recorder.failure { throw failure }
                await dropSession(host: host)
                if sink.isFull { return SendingResult(answer: sink.answer(.outputLimitExceeded)) }
                let kind = (error as? SessionError)?.kind
                let isTold = kind == .violation || kind == .overdue && shared.control.level >= .stopNow
                if clock.elapsed() >= deadline || isTold || host == nil && kind != .lost && kind != .overdue {
                    return SendingResult(
                        answer: sink.answer(.lost(reason: Self.reason(error))),
                        isUnreachable: kind != .violation && kind != .overdue, hint: (error as? SessionError)?.hint)
                }
                await shared.control.pause(for: .seconds(1), until: .stopNow, clock: clock)
            }
        }
    }

    private func reattachStoppable(
        _ intent: StepIntent, become: Bool, timeout: Duration, on session: any NodeSession, _ sink: OutputSink
    ) async throws -> InvocationResult {
        let control = shared.control
        return try await withThrowingTaskGroup(of: InvocationResult?.self) { group in
            group.addTask {
                try await session.reattach(
                    intent.id, scriptDigest: intent.scriptDigest, become: become, timeout: timeout, from: sink.offsets,
                    output: { chunk in try await sink.take(chunk) })
            }
            group.addTask {
                await control.reached(.stopNow)
                if !Task.isCancelled { try? await session.cancel(intent.id, become: become) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw SessionError(.cancelled, "The session ended without an answer.")
        }
    }

    static func reason(_ error: any Error) -> String { (error as? SessionError)?.message ?? "\(error)" }
}
