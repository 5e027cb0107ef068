import Model

extension NodeRun {
    /// Carries out one step on this target's behalf, with its retries.
    func performHere(_ slot: StepSlot, purpose: StepIntent.Purpose = .apply) async throws(EngineError) -> StepEnding {
        lastHint = nil
        if progress.openAttempt?.step != slot.index {
            let applies = applicability(of: slot)
            if applies.truth != .yes {
                let isUndecidable = applies.truth == .unknown && applies.isUndecidable
                return try await end(slot, isUndecidable ? .failed : .skipped, applies.reason, purpose: purpose)
            }
        }
        let action: StepAction
        do {
            guard let lowered = try lower(slot) else {
                let text = "it needs the result of a step that did not run, or what was cut off an output"
                return try await end(slot, .failed, text, purpose: purpose)
            }
            action = lowered
        } catch {
            return try await end(slot, .failed, "\(error)", purpose: purpose)
        }
        switch action {
        case .program(let program): return try await apply(program, action, slot, purpose)
        case .reboot(let program, let timeout): return try await reboot(program, action, slot, timeout: timeout)
        case .wait(let script, let verb): return try await wait(script, verb, slot)
        case .collect(let script): return try await collect(script, slot)
        case .advise(let title, let severity, let text, let patch, let command, let evidence):
            try await record(
                .advised(
                    node: node.name,
                    Advice(
                        step: slot.name, title: title, severity: severity, text: text, patch: patch, command: command,
                        evidence: evidence)))
            return try await end(slot, .unchanged, title, purpose: purpose)
        case .approve(let approval): return try await approve(approval, slot)
        case .undrain(let undrain): return try await self.undrain(undrain, slot)
        case .escalate: return try await end(slot, .failed, "its rungs are steps of their own", purpose: purpose)
        case .skipped(let reason): return try await end(slot, .skipped, reason, purpose: purpose)
        }
    }

    private func wait(
        _ script: StepProgram.Script, _ verb: WaitVerb, _ slot: StepSlot
    ) async throws(EngineError) -> StepEnding {
        let deadline = clock.elapsed() + verb.timeout
        while true {
            let answer = try await ask(
                script, slot: slot, location: slot.step.on, timeout: min(verb.timeout, .seconds(60)),
                name: "step \(slot.index)")
            let context = context(scope: slot.scope, slot: slot)
            if (try? verb.healthy.fits(answer, in: context)) == true {
                answers["step \(slot.index)"] = answer
                return try await end(slot, .unchanged, "", outcome: answer.outcome)
            }
            if shared.control.level > .go {
                return try await end(slot, .failed, "the run was cancelled while it waited", outcome: .cancelled)
            }
            if clock.elapsed() >= deadline {
                let last = answer.lastLine.isEmpty ? answer.outcome.text : answer.lastLine
                return try await end(
                    slot, .failed, "it did not become healthy in time: \(last)", outcome: answer.outcome)
            }
            await shared.control.pause(for: verb.every, until: .finishSteps, clock: clock)
        }
    }

    /// Evidence that can't be had is said so, and stops nothing.
    private func collect(_ script: StepProgram.Script, _ slot: StepSlot) async throws(EngineError) -> StepEnding {
        let answer = try await ask(
            script, slot: slot, location: slot.step.on, timeout: slot.step.timeout ?? .seconds(600))
        answers["step \(slot.index)"] = answer
        var ending = StepEnding(
            id: answer.id ?? id(step: slot.index, attempt: 1), name: slot.name, purpose: .apply, status: .unchanged,
            outcome: answer.outcome, text: answer.exit == 0 ? "" : answer.outcome.text,
            standardOutputBytes: answer.standardOutputBytes, standardErrorBytes: answer.standardErrorBytes)
        ending.id.step = slot.index
        ending.id.attempt = progress.steps[slot.index]?.nextAttempt ?? 1
        records[slot.index] = Self.record(of: ending, answer)
        try await record(
            .probeAnswered(
                node: node.name,
                ProbeAnswer(
                    probe: slot.name, stage: .diagnose, verdict: .healthy, text: ending.text, invocation: answer.id,
                    outcome: answer.outcome)),
            .stepEnded(node: node.name, ending))
        return ending
    }

    private func approve(_ approval: Approval, _ slot: StepSlot) async throws(EngineError) -> StepEnding {
        try await tellState()
        let decision = await shared.environment.gates.approve(
            approval, step: slot.name, digest: planDigest, run: shared.run)
        switch decision {
        case .granted(let requester):
            return try await end(slot, .unchanged, requester.map { "approved by \($0.user)" } ?? "approved")
        case .refused(let reason, _): return try await end(slot, .failed, reason)
        case .waiting(let reason, _): throw EngineError(.waiting, reason)
        }
    }

    /// Reboots and waits for another boot id. The broken connection says nothing; the boot id says all.
    private func reboot(
        _ program: StepProgram, _ action: StepAction, _ slot: StepSlot, timeout: Duration
    ) async throws(EngineError) -> StepEnding {
        if let text = try await drift(of: nil, action: action, slot) { return try await end(slot, .failed, text) }
        var intent = progress.steps[slot.index]?.attempts.last.flatMap { $0.ending == nil ? $0.intent : nil }
        if let open = intent, try await isUnsent(open, program, slot) {
            if haltReason != nil, let ending = progress.steps[slot.index]?.ending { return ending }
            intent = nil
        }
        if intent == nil {
            if let refusal = try await prepareToChange() { return try await end(slot, .failed, refusal) }
            let attempt = progress.steps[slot.index]?.nextAttempt ?? 1
            var sending = sending(program.apply, program, slot, attempt: attempt, purpose: .apply)
            sending.timeout = .seconds(60)
            intent = try await sendReboot(sending)
        }
        guard let intent else { return try await end(slot, .failed, "the node can't be reached") }
        await closeSessions()
        let deadline = clock.elapsed() + timeout
        while clock.elapsed() < deadline && shared.control.level < .stopNow {
            if let session = try? await reconnect(
                at: .target, patience: deadline - clock.elapsed(), despiteRefusals: true
            ).session {
                if session.identity.bootID != intent.bootID { break }
                await dropSession(host: nil)
            }
            await shared.control.pause(for: .seconds(2), until: .stopNow, clock: clock)
        }
        if let failure = await shared.recorder.failure { throw failure }
        let isBack = identity?.bootID != intent.bootID
        var ending = StepEnding(
            id: intent.id, name: slot.name, purpose: .apply, status: isBack ? .changed : .failed,
            outcome: isBack ? .exited(0) : .lost(reason: "no other boot"),
            text: isBack ? "" : "it did not come back with another boot within \(timeout.wholeMilliseconds / 1000) s")
        ending.mayHaveChanged = true
        records[slot.index] = Self.record(of: ending, nil)
        try await record(.stepEnded(node: node.name, ending))
        let become = becomes(slot.step.become, scope: slot.scope, location: .target)
        await acknowledge(intent.id, location: .target, become: become)
        return ending
    }

    /// Whether an earlier process intended the reboot, and the node proves that it never heard of it.
    private func isUnsent(
        _ intent: StepIntent, _ program: StepProgram, _ slot: StepSlot
    ) async throws(EngineError) -> Bool {
        guard let session = try? await reconnect(at: .target, patience: Self.reattachPatience).session,
            session.identity.bootID == intent.bootID
        else { return false }
        let become = becomes(slot.step.become, scope: slot.scope, location: .target)
        let answer = try? await session.reattach(
            intent.id, scriptDigest: intent.scriptDigest, become: become, timeout: .zero, from: .start,
            output: { _ in })
        guard case .notStarted(let reason)? = answer?.outcome else { return false }
        try await record(
            .stepEnded(
                node: node.name,
                StepEnding(
                    id: intent.id, name: slot.name, purpose: .apply, status: .failed,
                    outcome: .notStarted(reason: reason), text: reason)))
        return true
    }

    /// Sends the reboot; how its script ends does not matter. Nil where nothing could be sent.
    private func sendReboot(_ sending: Sending) async throws(EngineError) -> StepIntent? {
        guard let session = try? await reconnect(at: .target, patience: .seconds(60)).session else { return nil }
        let intent = StepIntent(
            id: sending.id, name: sending.name, purpose: .apply, verb: sending.verb,
            scriptDigest: sending.script.digest, effect: .idempotent,
            bootID: session.identity.bootID, machineID: session.identity.machineID)
        try await record(.stepIntended(node: node.name, intent))
        let sink = OutputSink(recorder: shared.recorder, id: sending.id, node: node.name, memory: Answer.keptBytes)
        let invocation = Invocation(
            id: sending.id, mode: .guarded, script: sending.script.text, shell: sending.script.shell,
            environment: sending.script.environment, input: sending.script.input, become: sending.become,
            timeout: sending.timeout)
        _ = try? await session.run(
            invocation, from: .start,
            started: { try? await self.record(.stepStarted(node: self.node.name, sending.id)) },
            output: { chunk in try await sink.take(chunk) })
        if let failure = await shared.recorder.failure { throw failure }
        return intent
    }
}
