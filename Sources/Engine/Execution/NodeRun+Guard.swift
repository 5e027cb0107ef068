import Model

/// The undo that the node carries out by itself unless it is disarmed: of steps that may cut off their own access.
extension NodeRun {
    /// The undo to be armed for an attempt; nil where there is none.
    func guardUndo(
        _ program: StepProgram, _ slot: StepSlot, attempt: Int
    ) async throws(EngineError) -> Invocation? {
        guard let undo = program.undo else { return nil }
        do {
            return Invocation(
                id: id(step: shared.list.guardBase + slot.index, attempt: attempt), mode: .guarded, script: undo.text,
                shell: undo.shell, environment: undo.environment, secrets: try await secretBytes(undo.secrets),
                input: progress.steps[slot.index]?.capture?.bytes ?? undo.input,
                become: becomes(slot.step.become, scope: slot.scope, location: program.location),
                timeout: timeout(of: slot), stateOwner: stateOwner(of: slot))
        } catch {
            throw EngineError(.refused, "A secret of step '\(slot.name)' can't be read: \(error)")
        }
    }

    /// Disarms the node's own undo over a connection made after the step, or learns that it has fired.
    func settleGuard(
        _ sending: Sending, host: String?, _ result: inout SendingResult
    ) async throws(EngineError) {
        var notStarted: String?
        if case .notStarted(let reason) = result.answer.outcome { notStarted = reason }
        await dropSession(host: host)
        do {
            let end = try await disarm(
                sending.id, sending.slot, at: sending.location, become: sending.become,
                patience: patience(of: sending.slot))
            if end == .unknown && notStarted == nil {
                throw SessionError(.lost, "The node does not know of an undo that was armed for it.")
            }
            try await record(.guardSettled(node: node.name, sending.id, fired: end == .fired))
            result.guardFired = end == .fired
            if notStarted != nil { result.isUnreachable = false }
        } catch {
            if let failure = await shared.recorder.failure { throw failure }
            let why = Self.reason(error)
            result.isUnreachable = true
            result.hint = (error as? SessionError)?.hint
            if let notStarted {
                let reason = "\(notStarted) Its armed undo can't be disarmed: \(why)"
                result.answer.outcome = .notStarted(reason: reason)
            } else {
                result.answer.outcome = .lost(reason: "no new connection could be made after it: \(why)")
            }
        }
    }

    /// Slots for which an undo may be armed that nobody has disarmed yet.
    var armed: [StepSlot] { shared.list.slots.filter { progress.steps[$0.index]?.armed != nil } }

    /// Disarms the undo of an earlier attempt of which nobody has heard: it would undo the next one.
    /// - Returns: why that can't be done; nil once nothing is armed.
    func disarmEarlier(_ program: StepProgram, _ slot: StepSlot) async throws(EngineError) -> String? {
        try await disarmEarlier(slot, at: program.location, patience: patience(of: slot))
    }

    /// The same before steps are undone, of whatever run they are: the node would undo this one once more.
    func disarmBeforeUndo(_ slot: StepSlot) async throws(EngineError) -> String? {
        var location = slot.step.on
        if case .program(let program)? = try? lower(slot) { location = program.location }
        return try await disarmEarlier(slot, at: location, patience: .seconds(60))
    }

    private func disarmEarlier(
        _ slot: StepSlot, at location: Location, patience: Duration
    ) async throws(EngineError) -> String? {
        guard let earlier = progress.steps[slot.index]?.armed else { return nil }
        do {
            let become = becomes(slot.step.become, scope: slot.scope, location: location)
            let end = try await disarm(earlier, slot, at: location, become: become, patience: patience)
            try await record(.guardSettled(node: node.name, earlier, fired: end == .fired))
            return nil
        } catch {
            if let failure = await shared.recorder.failure { throw failure }
            let session = error as? SessionError
            lastWasUnreachable = session?.isUnreachable ?? true
            lastHint = session?.hint
            return "the undo that was armed for an earlier attempt can't be disarmed: \(Self.reason(error))"
        }
    }

    private func disarm(
        _ attempt: InvocationID, _ slot: StepSlot, at location: Location, become: Bool, patience: Duration
    ) async throws -> GuardEnd {
        var undo = attempt
        undo.step = shared.list.guardBase + slot.index
        return try await reconnect(at: location, patience: patience, despiteRefusals: true)
            .session.disarm(undo, become: become)
    }

    /// Until it fires, and then some: once it has, the node can be reached again.
    private func patience(of slot: StepSlot) -> Duration {
        (slot.step.guardDelay ?? .seconds(120)) + Self.reattachPatience
    }
}
