extension NodeProgress {
    /// Takes an event of this node in.
    package mutating func apply(_ event: RunEvent) {
        switch event {
        case .nodeStateChanged(_, let state):
            self.state = state
            outcome = nil
        case .connected(_, let identity): self.identity = identity
        case .probeAnswered(_, let answer): answers[answer.stage, default: [:]][answer.probe] = answer
        case .surveyed(_, let survey): self.survey = survey
        case .stepIntended(_, let intent): intended(intent)
        case .stepStarted(_, let id): started(id)
        case .captured(_, let index, let capture):
            steps[index, default: StepProgress(name: "", purpose: .apply)].capture = capture
        case .stepEnded(_, let ending): ended(ending)
        case .guardArmed(_, let id): steps[id.step, default: StepProgress(name: "", purpose: .apply)].armed = id
        case .guardSettled(_, let id, let fired):
            steps[id.step]?.armed = nil
            if fired { steps[id.step]?.guardFired = true }
        case .advised(_, let advice): self.advice.append(advice)
        case .verified(_, let verification): self.verification = verification
        case .nodeFailing(_, let failure): self.failure = failure
        case .leased(_, let fence): self.fence = fence
        case .released: fence = nil
        case .nodeFinished(_, let outcome): self.outcome = outcome
        default: break
        }
    }

    /// A resumed run takes a node up again that was held, or of which nobody could tell how it stands.
    mutating func takeUp() {
        guard let outcome, isResumable else { return }
        if outcome.isHeld {
            failure = nil
            isTakenUp = true
        }
        verification = nil
        self.outcome = nil
    }

    private mutating func intended(_ intent: StepIntent) {
        var step = steps.removeValue(forKey: intent.id.step) ?? StepProgress(name: intent.name, purpose: intent.purpose)
        step.name = intent.name
        step.purpose = intent.purpose
        if !step.attempts.contains(where: { $0.intent.id == intent.id }) {
            step.attempts.append(AttemptProgress(intent: intent))
        }
        step.ending = nil
        step.guardFired = false
        steps[intent.id.step] = step
    }

    private mutating func started(_ id: InvocationID) {
        guard let index = steps[id.step]?.attempts.firstIndex(where: { $0.intent.id == id }) else { return }
        steps[id.step]?.attempts[index].starts += 1
    }

    private mutating func ended(_ ending: StepEnding) {
        var step = steps.removeValue(forKey: ending.id.step) ?? StepProgress(name: ending.name, purpose: ending.purpose)
        step.name = ending.name
        step.purpose = ending.purpose
        step.ending = ending
        if let index = step.attempts.firstIndex(where: { $0.intent.id == ending.id }) {
            step.attempts[index].ending = ending
        }
        steps[ending.id.step] = step
    }
}
