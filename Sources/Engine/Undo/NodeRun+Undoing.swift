import Model

extension NodeRun {
    /// Slots that may have changed something here and are not undone, last first; a `run_once` step only where it ran.
    var undoable: [StepSlot] {
        shared.list.main.reversed().filter { slot in
            guard let step = progress.steps[slot.index], step.mayHaveChanged, step.ending?.doneBy == nil else {
                return false
            }
            return progress.steps[shared.list.undoBase + slot.index]?.isUndone != true
        }
    }

    /// Undoes this node's steps backwards, from captured state. What is irreversible is passed over. What restarted or
    /// reloaded a service is undone behind all else: the service has to read again what was put back. Undos that are
    /// armed on the node are disarmed before; what one of them has undone already is done.
    ///
    /// A drained node stays drained, since nothing says that it is fit for work; `drains` puts it back as well.
    func undoAll(drains: Bool) async throws(EngineError) {
        try await enter(.undoing)
        guard try await disarmAll() else { return }
        let slots = undoable.filter { slot in
            if slot.step.runOnce { return false }
            if case .drain = slot.step.verb { return false }
            return true
        }
        for slot in slots.filter({ !$0.step.verb.makesServiceReadAgain })
            + slots.filter(\.step.verb.makesServiceReadAgain)
        {
            // An earlier process of this run failed to undo it, and had no time to say so.
            if undoFailedBefore(slot) { return }
            if try await undo(slot, purpose: .undo) == .failed { return }
        }
        guard drains else { return }
        for slot in undoable {
            guard case .drain = slot.step.verb else { continue }
            if try await undo(slot, purpose: .undo) == .failed { return }
        }
    }

    /// - Returns: whether nothing is armed any more of what is to be undone.
    private func disarmAll() async throws(EngineError) -> Bool {
        for slot in armed {
            var failed = try await prepareToChange()
            if failed == nil { failed = try await disarmBeforeUndo(slot) }
            guard let refusal = failed, undoable.contains(where: { $0.index == slot.index }) else { continue }
            _ = try await undoFailed(slot, refusal)
            return false
        }
        return true
    }

    /// The digest of the value that a step left; empty where the node could not tell.
    ///
    /// What the plan expected is no use here: it was predicted before the steps ahead of this one were carried out.
    private func leftValue(by slot: StepSlot) -> String {
        progress.steps[slot.index]?.attempts.last { $0.ending?.status == .changed }?.intent.afterDigest ?? ""
    }

    private func undoFailedBefore(_ slot: StepSlot) -> Bool {
        guard let ending = progress.steps[shared.list.undoBase + slot.index]?.ending, ending.id.run == shared.run else {
            return false
        }
        if case .notStarted? = ending.outcome { return false }
        return ending.status == .failed || ending.status == .unknown
    }

    /// How undoing one step ended.
    enum UndoResult: Sendable, Hashable {
        case undone, irreversible, failed
    }

    /// Undoes one step.
    func undo(_ slot: StepSlot, purpose: StepIntent.Purpose) async throws(EngineError) -> UndoResult {
        let index = shared.list.undoBase + slot.index
        if shared.control.level >= .stopNow, progress.steps[index]?.isOpen != true { return .failed }
        if missingItems.contains(slot.index) {
            return try await undoFailed(slot, "its list is shorter now, and what it was for was not kept with the plan")
        }
        let program: StepProgram
        do {
            guard case .program(let lowered)? = try lower(slot), lowered.grade != .irreversible else {
                return .irreversible
            }
            program = lowered
        } catch {
            return try await undoFailed(slot, "\(error)")
        }
        guard let script = program.undo else { return .irreversible }
        var sending = sending(script, program, slot, attempt: 1, purpose: .undo)
        sending.purpose = purpose
        if program.capture != nil {
            guard let capture = progress.steps[slot.index]?.capture else {
                // Nothing is sent before the capture is kept, so there is nothing to undo either.
                return .undone
            }
            guard Digest.hex(of: capture.bytes) == capture.digest else {
                return try await undoFailed(slot, "its captured state is not what was captured")
            }
            sending.input = capture.bytes
        }
        if undoExpectsLeftValue { sending.expect = leftValue(by: slot) }
        if slot.step.verb.makesServiceReadAgain, hasPutBack(otherThan: slot) {
            sending.extra["SERVICE_AGAIN"] = "yes"
        }
        let result: SendingResult
        if let open = progress.steps[index]?.attempts.last, open.ending == nil {
            sending.id.attempt = open.intent.id.attempt
            result = try await takeUp(open.intent, sending)
        } else {
            if let refusal = try await prepareToChange() { return try await undoFailed(slot, refusal) }
            sending.id.attempt = progress.steps[index]?.nextAttempt ?? 1
            result = try await send(sending)
        }
        var ending = try await finish(sending, result)
        // Undos put a state back: one that did not run, or that may simply run again, is sent anew.
        for _ in 0..<Self.undoRelaunches where mayUndoAgain(ending, program) {
            if let refusal = try await prepareToChange() { return try await undoFailed(slot, refusal) }
            sending.id.attempt += 1
            ending = try await finish(sending, try await send(sending))
        }
        return ending.status == .changed ? .undone : .failed
    }

    /// Whether something was undone here that a service may read when it starts.
    private func hasPutBack(otherThan slot: StepSlot) -> Bool {
        shared.list.main.contains { other in
            other.index != slot.index && other.step.verb.mayChangeFiles
                && progress.steps[shared.list.undoBase + other.index]?.ending?.status == .changed
        }
    }

    private static let undoRelaunches = 3

    private func mayUndoAgain(_ ending: StepEnding, _ program: StepProgram) -> Bool {
        if lastWasUnreachable || shared.control.level >= .stopNow { return false }
        if case .notStarted? = ending.outcome { return true }
        return ending.status == .unknown && program.effect == .idempotent
    }

    private func undoFailed(_ slot: StepSlot, _ text: String) async throws(EngineError) -> UndoResult {
        let index = shared.list.undoBase + slot.index
        let ending = StepEnding(
            id: id(step: index, attempt: progress.steps[index]?.nextAttempt ?? 1), name: slot.name, purpose: .undo,
            status: .failed, text: text)
        try await record(.stepEnded(node: node.name, ending))
        return .failed
    }

    /// Puts back what this run's drain took, where there is anything and the time has come.
    func undrain(_ verb: UndrainVerb, _ slot: StepSlot) async throws(EngineError) -> StepEnding {
        if verb.after == .verify && !isFit {
            return try await end(slot, .skipped, "it is not verified, so it stays drained", purpose: .always)
        }
        var undone = 0
        for drain in undoable {
            guard case .drain = drain.step.verb else { continue }
            switch try await undo(drain, purpose: .undo) {
            case .undone: undone += 1
            case .irreversible: continue
            case .failed:
                let text = progress.steps[shared.list.undoBase + drain.index]?.ending?.text ?? ""
                return try await end(slot, .failed, "it could not be put back: \(text)", purpose: .always)
            }
        }
        if undone == 0 { return try await end(slot, .skipped, "this run drained nothing here", purpose: .always) }
        return try await end(slot, .changed, "", purpose: .always)
    }

    /// Whether the node may go back to work.
    private var isFit: Bool {
        progress.verification?.result == .holds && (progress.failure == nil || progress.failure?.response == .settle)
    }
}

extension Verb {
    /// Whether it may change what a service reads when it starts.
    fileprivate var mayChangeFiles: Bool {
        switch self {
        case .run, .file, .edit, .package, .plugin: true
        default: false
        }
    }

    /// Whether it makes a service read its configuration anew.
    fileprivate var makesServiceReadAgain: Bool {
        guard case .service(let verb) = self else { return false }
        return verb.state == .restarted || verb.state == .reloaded
    }
}
