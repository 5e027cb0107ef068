import Model

extension NodeRun {
    /// Carries out one step here, or finds that there is nothing to do.
    /// - Returns: whether the node goes on with the next one.
    func perform(_ slot: StepSlot) async throws(EngineError) -> Bool {
        if let ending = progress.steps[slot.index]?.ending, isSettled(ending) {
            records[slot.index] = records[slot.index] ?? Self.record(of: ending, nil)
            reopenRung(slot, ending)
            return goesOn
        }
        if let ending = endedBefore(slot) {
            reopenRung(slot, ending)
            return try await judge(ending, slot)
        }
        guard try await mayBegin(slot) else { return false }
        try await enter(.changing)
        if try await climbedEnough(slot) { return goesOn }
        let ending = takesPart(in: slot) ? try await performOnce(slot) : try await performHere(slot)
        if slot.ladder != nil && ending.status != .skipped { openRung = slot }
        return try await judge(ending, slot)
    }

    var goesOn: Bool { progress.failure.map { $0.response == .continue } ?? true }

    private func isSettled(_ ending: StepEnding) -> Bool {
        switch ending.status {
        case .changed, .unchanged, .skipped: true
        case .failed, .unknown: progress.failure != nil
        }
    }

    /// How the step ended for an earlier process that had no time to say what follows; nil if it may be tried (again).
    private func endedBefore(_ slot: StepSlot) -> StepEnding? {
        guard let step = progress.steps[slot.index], let ending = step.ending, progress.failure == nil else {
            return nil
        }
        switch ending.status {
        case .changed, .unchanged, .skipped: return nil
        case .unknown:
            return haltReason == nil && step.attempts.last?.intent.effect == .idempotent ? nil : ending
        case .failed: return progress.isTakenUp || mayTryAgain(slot, ending) ? nil : ending
        }
    }

    /// Whether a failed step's retries are not used up.
    private func mayTryAgain(_ slot: StepSlot, _ ending: StepEnding) -> Bool {
        switch ending.outcome {
        case nil, .exited(StepProgram.driftStatus)?: return false
        case .notStarted?: return true
        default: return failedTries(slot) < retries(of: slot).attempts
        }
    }

    func retries(of slot: StepSlot) -> Retries {
        slot.step.retries ?? Retries(attempts: slot.step.until == nil ? 1 : 10)
    }

    /// How often the step ran and failed.
    func failedTries(_ slot: StepSlot) -> Int {
        progress.steps[slot.index]?.attempts.count { attempt in
            guard let ending = attempt.ending, ending.status == .failed else { return false }
            if case .notStarted? = ending.outcome { return false }
            return true
        } ?? 0
    }

    /// Whether the step may begin: the run goes on, and what the step needs is still met.
    private func mayBegin(_ slot: StepSlot) async throws(EngineError) -> Bool {
        guard goesOn else { return false }
        if shared.control.level > .go || haltReason != nil {
            if let open = progress.openAttempt, open.step == slot.index { return true }
            if shared.control.isInterrupted {
                isInterrupted = true
                return false
            }
            try await fail(.cancel, haltText(slot), slot)
            return false
        }
        let start = began ?? clock.elapsed()
        began = start
        if let limit = runbook.timeout, clock.elapsed() - start > limit {
            try await fail(policy(slot), "The runbook's timeout was over before step '\(slot.name)'.", slot)
            return false
        }
        if slot.gate == .window || admittedGate == .window, let window = runbook.window, window.onClose != .finishWave,
            planned?.predictions[slot.index].mayChange ?? true, await !shared.environment.gates.isOpen(window)
        {
            let text = "The change window \(window.calendar) closed before step '\(slot.name)'."
            try await fail(window.onClose == .rollback ? .windowClosed : .cancel, text, slot)
            return false
        }
        return true
    }

    private func haltText(_ slot: StepSlot) -> String {
        if let haltReason, shared.control.level == .go { return "\(haltReason) Step '\(slot.name)' was not begun." }
        return "The run was cancelled before step '\(slot.name)'."
    }

    /// Asks before a further rung whether the one before it helped. A rung that was sent is past that: it is taken up.
    private func climbedEnough(_ slot: StepSlot) async throws(EngineError) -> Bool {
        guard let ladder = slot.ladder, ladder.rung > 0 else { return false }
        if progress.steps[slot.index]?.isOpen == true { return false }
        let earlier = shared.list.slots.filter { $0.ladder?.name == ladder.name && $0.index < slot.index }
        let wasTried = earlier.contains { other in
            progress.steps[other.index]?.ending.map { $0.status != .skipped } ?? false
        }
        guard wasTried else { return false }
        let verification = try await verify()
        try await tellRung(helped: verification.isMended)
        guard verification.isMended else { return false }
        _ = try await end(slot, .skipped, "the rung before it helped")
        return true
    }

    /// Takes up a rung that ended for an earlier process, which may have had no time to remember whether it helped: that
    /// is done before anything else of the ladder. To remember it twice harms nothing.
    private func reopenRung(_ slot: StepSlot, _ ending: StepEnding) {
        guard let ladder = slot.ladder, ending.status != .skipped else { return }
        let isPast = shared.list.slots.contains { other in
            other.ladder?.name == ladder.name && other.index > slot.index && progress.steps[other.index] != nil
        }
        if !isPast { openRung = slot }
    }

    /// Remembers across runs whether the last rung helped.
    func tellRung(helped: Bool) async throws(EngineError) {
        guard let slot = openRung, let ladder = slot.ladder else { return }
        openRung = nil
        guard let remember = shared.environment.remember else { return }
        do {
            try await remember(
                EscalationAttempt(
                    node: node.name, runbook: runbook.name, step: ladder.name, rung: slot.step.name, run: shared.run,
                    time: clock.wallTime(), helped: helped))
        } catch {
            throw EngineError(.journal, "The journal could not keep what was tried: \(error)")
        }
    }

    /// Whether the step is done once for the run, and for this target too: one that it is not for passes over it alone.
    private func takesPart(in slot: StepSlot) -> Bool {
        slot.isShared && (progress.openAttempt?.step == slot.index || applicability(of: slot).truth == .yes)
    }

    /// Does a step that is done once for the run, or takes over how it ended for the target that did it.
    private func performOnce(_ slot: StepSlot) async throws(EngineError) -> StepEnding {
        try await tellState()
        let result = await shared.sharedSteps.result(for: slot.index, counts: \.isForAll) {
            await self.performForAll(slot)
        }
        if let error = result.error { throw error }
        if result.doneBy == node.name { return result.ending }
        var ending = result.ending
        ending.id = id(step: slot.index, attempt: 1)
        ending.doneBy = result.doneBy
        ending.mayHaveChanged = false
        records[slot.index] = Self.record(of: ending, result.answer)
        try await record(.stepEnded(node: node.name, ending))
        return ending
    }

    /// What this target did in an earlier process of a step that is done once for the run; nil if it did nothing of it.
    func earlierShare(of slot: StepSlot) -> EarlierShare? {
        guard let step = progress.steps[slot.index], step.ending?.doneBy == nil else { return nil }
        if step.isOpen { return .unfinished }
        guard let ending = step.ending, ending.status != .skipped else { return nil }
        let ended = share(of: slot, ending)
        guard ended.isForAll else { return nil }
        return isSettled(ending) || endedBefore(slot) != nil ? .ended(ended) : .unfinished
    }

    /// Does it in the name of all targets, or goes on with it where an earlier process left it.
    func performForAll(_ slot: StepSlot) async -> SharedEnding {
        if !goesOn || progress.outcome != nil, case .ended(let ending)? = earlierShare(of: slot) { return ending }
        do {
            return share(of: slot, try await performHere(slot))
        } catch {
            let ending = StepEnding(
                id: id(step: slot.index, attempt: 1), name: slot.name, purpose: .apply, status: .unknown)
            return SharedEnding(ending: ending, doneBy: node.name, isForAll: true, error: error)
        }
    }

    /// What keeps this target alone from doing it leaves it to the next one, as long as nothing was started.
    private func share(of slot: StepSlot, _ ending: StepEnding) -> SharedEnding {
        var wasStarted = progress.steps[slot.index]?.attempts.contains(where: \.mayHaveStarted) ?? false
        switch ending.outcome {
        case nil, .notStarted?: break
        default: wasStarted = true
        }
        return SharedEnding(
            ending: ending, doneBy: node.name, answer: answers["step \(slot.index)"],
            isForAll: ending.status != .failed || wasStarted || !slot.step.runOnce)
    }

    /// Decides what a step's ending means for the node.
    private func judge(_ ending: StepEnding, _ slot: StepSlot) async throws(EngineError) -> Bool {
        switch ending.status {
        case .changed, .unchanged, .skipped: return true
        case .unknown:
            try await fail(.settle, "Nobody can tell whether step '\(slot.name)' ran: \(ending.text)", slot, ending)
            return false
        case .failed:
            if haltReason != nil, case .notStarted? = ending.outcome {
                try await fail(.cancel, haltText(slot), slot)
                return false
            }
            if let ladder = slot.ladder, !ladder.isLast, shared.control.level == .go { return true }
            var response = policy(slot)
            if ending.outcome == .cancelled || shared.control.level >= .stopNow { response = .cancel }
            let text = "Step '\(slot.name)' failed: \(ending.text)"
            try await fail(response, text, slot, ending)
            return response == .continue
        }
    }

    func policy(_ slot: StepSlot?) -> NodeFailure.Response {
        let policy = slot?.step.onFailure ?? slot?.enclosing.last?.step.onFailure ?? runbook.onFailure
        switch policy {
        case .rollback: return .rollback
        case .stop: return .stop
        case .continue: return .continue
        case .ask: return .ask
        }
    }

    /// Records what went wrong and what is done about it; a failure that is there already stays.
    func fail(
        _ response: NodeFailure.Response, _ text: String, _ slot: StepSlot? = nil, _ ending: StepEnding? = nil,
        hint: String? = nil, isUnreachable: Bool = false, holder: String? = nil
    ) async throws(EngineError) {
        if let failure = progress.failure, failure.response != .continue { return }
        try await record(
            .nodeFailing(
                node: node.name,
                NodeFailure(
                    response, text: text, hint: hint ?? (ending == nil ? nil : lastHint), step: slot?.name,
                    invocation: ending?.id,
                    isUnreachable: isUnreachable || lastWasUnreachable, holder: holder)))
    }

    /// Records how a step ended for which nothing was sent.
    func end(
        _ slot: StepSlot, _ status: StepEnding.Status, _ text: String, outcome: InvocationOutcome? = nil,
        purpose: StepIntent.Purpose = .apply
    ) async throws(EngineError) -> StepEnding {
        let attempt = progress.steps[slot.index]?.nextAttempt ?? 1
        let ending = StepEnding(
            id: id(step: slot.index, attempt: attempt), name: slot.name, purpose: purpose, status: status,
            outcome: outcome, text: text)
        records[slot.index] = Self.record(of: ending, nil)
        try await record(.stepEnded(node: node.name, ending))
        return ending
    }

    /// What expressions see of a step that ended.
    static func record(of ending: StepEnding, _ answer: Answer?) -> StepRecord {
        StepRecord(
            changed: ending.status == .unknown ? nil : ending.status == .changed,
            standardOutput: answer?.outputText ?? (ending.status == .skipped ? "" : nil),
            standardError: answer?.errorText ?? (ending.status == .skipped ? "" : nil),
            exit: ending.outcome?.exitStatus.map(Int.init))
    }
}
