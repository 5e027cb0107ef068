/// What is known of one node of a run, from the run's events alone.
package struct NodeProgress: Sendable, Hashable, Codable {
    package var name: String
    package var state: NodeState = .queued
    package var identity: NodeIdentity?
    package var survey: Survey?
    /// The last answer of each probe, by name, for each stage at which it was asked.
    package var answers: [ProbeAnswer.Stage: [String: ProbeAnswer]] = [:]
    /// By the step index of `InvocationID`: steps, their undos, `always`.
    package var steps: [Int: StepProgress] = [:]
    package var verification: Verification?
    package var failure: NodeFailure?
    package var advice: [Advice] = []
    /// The lease's fencing token while the node is held.
    package var fence: Int?
    /// It was held after a failure, and a person has resumed it: its failed step is tried anew.
    package internal(set) var isTakenUp = false
    /// Nil until it has ended; nil again when a resumed run takes it up.
    package var outcome: NodeOutcome?
    /// Milliseconds since 1970 of its last event.
    package var updated = 0

    /// A node of which nothing is known yet.
    package init(name: String) { self.name = name }

    /// The attempt that was intended and has not ended, if there is one.
    package var openAttempt: (step: Int, attempt: AttemptProgress)? {
        for (index, step) in steps where step.isOpen { return step.attempts.last.map { (step: index, attempt: $0) } }
        return nil
    }

    /// Whether `resume` goes on with it: it has not ended, it is held, or nobody could tell how it stands.
    package var isResumable: Bool { outcome.map { $0.isHeld || $0.outcome == .unknown } ?? true }

    /// Whether any step may have changed something on it, undone or not.
    package var hasChanged: Bool { steps.values.contains { $0.purpose != .undo && $0.mayHaveChanged } }
}

/// What is known of one step on one node.
package struct StepProgress: Sendable, Hashable, Codable {
    package var name: String
    package var purpose: StepIntent.Purpose
    /// What was sent, attempt by attempt.
    package var attempts: [AttemptProgress] = []
    /// The last ending, whether or not anything was sent for it.
    package var ending: StepEnding?
    package var capture: StateCapture?
    /// The attempt for which the node's own undo may be armed.
    package var armed: InvocationID?
    /// Whether the node's own undo has fired after the last attempt.
    package var guardFired = false

    package init(name: String, purpose: StepIntent.Purpose) {
        self.name = name
        self.purpose = purpose
    }

    /// Whether it may have changed something: it changed, or it was sent and did not end well.
    package var mayHaveChanged: Bool {
        if guardFired { return false }
        if attempts.contains(where: { $0.ending == nil || $0.ending?.mayHaveChanged == true }) { return true }
        return ending?.status == .changed
    }

    /// The number that the next attempt gets.
    package var nextAttempt: Int { max(attempts.last?.intent.id.attempt ?? 0, ending?.id.attempt ?? 0) + 1 }
}

/// One attempt of a step that was intended.
package struct AttemptProgress: Sendable, Hashable, Codable {
    package var intent: StepIntent
    /// How often the node confirmed a start; never more than one.
    package var starts = 0
    package var ending: StepEnding?

    package init(intent: StepIntent) { self.intent = intent }

    /// Whether anything of it may have run: it is not known that it never started.
    package var mayHaveStarted: Bool {
        if case .notStarted? = ending?.outcome { return false }
        return true
    }
}
