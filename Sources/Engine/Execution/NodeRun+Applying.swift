import Model

extension NodeRun {
    /// How often a step that is known not to have run, or may simply run again, is sent anew beyond its retries.
    private static let relaunches = 3

    /// Carries out a step's program: asks, captures, sends, and tries again as its `retries` say.
    func apply(
        _ program: StepProgram, _ action: StepAction, _ slot: StepSlot, _ purpose: StepIntent.Purpose
    ) async throws(EngineError) -> StepEnding {
        let retries = retries(of: slot)
        var delay = retries.delay
        var relaunched = 0
        var tries = failedTries(slot)
        let maySendAgain = haltReason == nil || purpose != .apply
        func mayRelaunch() -> Bool {
            maySendAgain && !lastWasUnreachable && relaunched < Self.relaunches && shared.control.level < .stopNow
        }
        while true {
            var ending = try await attempt(program, action, slot, purpose)
            switch ending.status {
            case .changed, .unchanged, .skipped:
                if try await isEnough(slot, &ending) { return ending }
            case .unknown:
                if program.effect == .idempotent, mayRelaunch() {
                    relaunched += 1
                    continue
                }
                return ending
            case .failed:
                if ending.outcome == .exited(StepProgram.driftStatus) || ending.outcome == nil { return ending }
                if case .notStarted? = ending.outcome, mayRelaunch() {
                    relaunched += 1
                    continue
                }
            }
            tries += 1
            guard maySendAgain && tries < retries.attempts && shared.control.level == .go else { return ending }
            await shared.control.pause(for: delay, until: .finishSteps, clock: clock)
            delay = .milliseconds(Int(Double(delay.wholeMilliseconds) * max(1, retries.backoff)))
            if shared.control.level > .go { return ending }
        }
    }

    /// Whether the step's `until` holds; if not, the ending is a failure that may be tried again.
    private func isEnough(_ slot: StepSlot, _ ending: inout StepEnding) async throws(EngineError) -> Bool {
        guard let until = slot.step.until else { return true }
        let holds = try? until.truth(in: context(scope: slot.scope, slot: slot))
        if holds == .yes { return true }
        ending.status = .failed
        ending.text =
            "it did what it does, but "
            + (holds == .no ? "this does not hold" : "nobody can tell whether this holds") + ": \(until.source)"
        ending.outcome = ending.outcome ?? .exited(0)
        ending.mayHaveChanged = progress.steps[slot.index]?.mayHaveChanged ?? false
        try await record(.stepEnded(node: node.name, ending))
        return false
    }

    /// One attempt, recorded from its intent to its ending.
    private func attempt(
        _ program: StepProgram, _ action: StepAction, _ slot: StepSlot, _ purpose: StepIntent.Purpose
    ) async throws(EngineError) -> StepEnding {
        if let open = progress.steps[slot.index]?.attempts.last, open.ending == nil {
            let sending = sending(
                program.apply, program, slot, attempt: open.intent.id.attempt, purpose: open.intent.purpose)
            let result = try await takeUp(open.intent, sending)
            return try await finish(sending, result)
        }
        lastWasUnreachable = false
        lastHint = nil
        if let refusal = try await prepareToChange() {
            return try await end(slot, .failed, refusal, purpose: purpose)
        }
        if let refusal = try await disarmEarlier(program, slot) {
            return try await end(slot, .failed, refusal, purpose: purpose)
        }
        var expect = ""
        var after: String?
        if let script = program.predict {
            let answer = try await ask(script, slot: slot, location: program.location)
            let report = PredictionReport(
                of: program, standardOutput: answer.standardOutput, outcome: answer.outcome)
            if report.kind == .noChange { return try await endWithoutChange(slot, report, purpose) }
            if let text = try await drift(of: report, action: action, slot) {
                return try await end(slot, .failed, text, purpose: purpose)
            }
            expect = report.beforeDigest ?? ""
            after = report.afterDigest
        } else if let text = try await drift(of: nil, action: action, slot) {
            return try await end(slot, .failed, text, purpose: purpose)
        }
        let number = progress.steps[slot.index]?.nextAttempt ?? 1
        if let failed = try await capture(program, slot, attempt: number) {
            return try await end(slot, .failed, failed, purpose: purpose)
        }
        var sending = sending(program.apply, program, slot, attempt: number, purpose: purpose)
        sending.expect = expect
        sending.after = after
        sending.extra = await sharedValues(slot)
        if let delay = slot.step.guardDelay, let undo = try await guardUndo(program, slot, attempt: number) {
            sending.armed = (undo, delay)
        }
        return try await finish(sending, try await send(sending))
    }

    /// An earlier attempt of which the outcome was not known may have made the change.
    private func endWithoutChange(
        _ slot: StepSlot, _ report: PredictionReport, _ purpose: StepIntent.Purpose
    ) async throws(EngineError) -> StepEnding {
        if progress.steps[slot.index]?.mayHaveChanged == true {
            return try await end(slot, .changed, "an earlier attempt did it", purpose: purpose)
        }
        return try await end(slot, .unchanged, report.reason, purpose: purpose)
    }

    /// Keeps the former state before the change. Returns why it could not be kept.
    private func capture(_ program: StepProgram, _ slot: StepSlot, attempt: Int) async throws(EngineError) -> String? {
        guard let script = program.capture, progress.steps[slot.index]?.capture == nil else { return nil }
        let answer = try await ask(
            script, slot: slot, location: program.location, memory: Self.captureLimit + 1, keeps: true)
        guard answer.exit == 0 else {
            lastHint = answer.outcome.captureHint
            return "its former state can't be kept, so nothing was changed: it \(answer.outcome.text)"
                + (answer.lastLine.isEmpty ? "" : ": \(answer.lastLine)")
        }
        guard answer.standardOutput.count <= Self.captureLimit else {
            lastHint = InvocationOutcome.largeCaptureHint
            return "its former state is larger than 16 MiB, so nothing was changed"
        }
        let capture = StateCapture(
            id: id(step: slot.index, attempt: attempt), digest: Digest.hex(of: answer.standardOutput),
            bytes: answer.standardOutput)
        try await record(.captured(node: node.name, step: slot.index, capture))
        return nil
    }

    private static let captureLimit = 16 << 20

    /// Records how a guarded script ended, and tells the node only then.
    func finish(_ sending: Sending, _ result: SendingResult) async throws(EngineError) -> StepEnding {
        lastWasUnreachable = result.isUnreachable
        let answer = result.answer
        lastHint = result.hint ?? answer.outcome.hint(sending.purpose)
        var ending = StepEnding(
            id: sending.id, name: sending.name, purpose: sending.purpose, status: .failed, outcome: answer.outcome,
            standardOutputBytes: answer.standardOutputBytes, standardErrorBytes: answer.standardErrorBytes)
        switch answer.outcome {
        case .exited(0): ending.status = .changed
        case .exited(StepProgram.driftStatus):
            ending.text =
                sending.purpose == .undo
                ? "it was changed since, so it was left as it is"
                : "the node has another value than the plan says, so nothing was changed"
        case .exited, .timedOut, .cancelled, .outputLimitExceeded:
            ending.mayHaveChanged = true
            ending.text = "it \(answer.outcome.text)" + (answer.lastLine.isEmpty ? "" : ": \(answer.lastLine)")
        case .notStarted(let reason): ending.text = reason
        case .lost(let reason):
            ending.status = .unknown
            ending.mayHaveChanged = true
            ending.text = reason
        }
        if result.guardFired {
            ending.status = .failed
            ending.mayHaveChanged = false
            ending.text = "the node undid it by itself, because no new connection was made in time"
        }
        answers["step \(sending.slot.index)"] = answer
        if sending.purpose != .undo { records[sending.slot.index] = Self.record(of: ending, answer) }
        try await record(.stepEnded(node: node.name, ending))
        await acknowledge(sending.id, location: sending.location, become: sending.become)
        return ending
    }

    /// The terms on which one of a program's scripts is sent.
    func sending(
        _ script: StepProgram.Script, _ program: StepProgram, _ slot: StepSlot, attempt: Int,
        purpose: StepIntent.Purpose
    ) -> Sending {
        let step = purpose == .undo ? shared.list.undoBase + slot.index : slot.index
        return Sending(
            slot: slot, id: id(step: step, attempt: attempt), purpose: purpose, name: slot.name,
            verb: slot.step.verb.keyword, script: script, effect: program.effect, location: program.location,
            become: becomes(slot.step.become, scope: slot.scope, location: program.location),
            timeout: timeout(of: slot), stateOwner: stateOwner(of: slot))
    }

    func timeout(of slot: StepSlot) -> Duration {
        if let timeout = slot.step.timeout { return timeout }
        guard case .drain(let drain) = slot.step.verb else { return .seconds(600) }
        // A drain waits for running work, and then needs a moment of its own.
        let context = context(scope: slot.scope, slot: slot)
        guard case .known(let value, _)? = try? drain.wait.evaluate(in: context), let seconds = value.number else {
            return .seconds(7200)
        }
        return .seconds(seconds) + .seconds(600)
    }

    /// What a step that is done once for the run finds beside its own values.
    private func sharedValues(_ slot: StepSlot) async -> [String: String] {
        guard slot.step.runOnce else { return [:] }
        let state = await shared.recorder.state
        let names = state.targets.filter { name in
            state.nodes[name].map { $0.outcome == nil && $0.survey?.verdict == .broken } ?? false
        }
        return ["RUNBOOK_NODES": NodeSet(names: names).folded]
    }

    /// How the step is more, or other, than the plan says, unless an earlier step here explains it; nil if it is not.
    func drift(
        of report: PredictionReport?, action: StepAction, _ slot: StepSlot
    ) async throws(EngineError) -> String? {
        guard let planned, planned.predictions.indices.contains(slot.index) else { return nil }
        if slot.gate > admittedGate {
            return "it needs the gate '\(slot.gate.rawValue)', which the plan did not ask for"
        }
        if progress.hasChanged { return nil }
        let prediction = planned.predictions[slot.index]
        guard prediction.mayChange else { return "the plan says that it has nothing to change here, and now it has" }
        if let former = prediction.beforeDigest, let now = report?.beforeDigest, former != now {
            return "the node has another value than the plan says" + (report?.before.map { ": \($0)" } ?? "")
        }
        try await learnSecretDigests(action)
        if let former = prediction.programDigest, former != action.digest(run: shared.run, secretDigests: secretDigests)
        {
            return "it would do something else than the plan says"
        }
        return nil
    }
}
