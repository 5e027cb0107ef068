import Model

/// What was done on a node, as far as its end depends on it.
struct NodeSummary: Sendable, Hashable {
    /// Steps that may have changed something.
    var changed: [String] = []
    /// Those of them that were undone.
    var undone: [String] = []
    /// Those of them whose undo failed.
    var undoFailed: [String] = []
    /// How the undo of the last of those ended.
    private var failedUndoEnding: StepEnding?
    /// Those of them that can't be undone.
    var irreversible: [String] = []
    /// Drains that this run made and did not put back.
    var drained: [String] = []
    /// Steps that had nothing to change.
    var unchanged: [String] = []
    /// `advise` and `collect` steps that were carried out.
    var advised: [String] = []
    var alwaysFailed: [String] = []

    init() {}

    init(_ progress: NodeProgress, list: StepList, isIrreversible: (StepSlot) -> Bool) {
        for slot in list.main {
            guard let step = progress.steps[slot.index] else { continue }
            if step.mayHaveChanged {
                take(slot, progress.steps[list.undoBase + slot.index]?.ending, isIrreversible(slot))
            } else if step.ending?.status == .unchanged {
                switch slot.step.verb {
                case .advise, .collect: advised.append(slot.name)
                case .wait, .approve: continue
                default: unchanged.append(slot.name)
                }
            }
        }
        for slot in list.always {
            switch progress.steps[slot.index]?.ending?.status {
            case .failed?, .unknown?: alwaysFailed.append(slot.name)
            default: continue
            }
        }
    }

    private mutating func take(_ slot: StepSlot, _ undo: StepEnding?, _ isIrreversible: Bool) {
        changed.append(slot.name)
        switch undo?.status {
        case .changed?, .unchanged?: undone.append(slot.name)
        case .failed?, .unknown?:
            undoFailed.append(slot.name)
            failedUndoEnding = undo
        case .skipped?, nil:
            if isIrreversible { irreversible.append(slot.name) }
            if case .drain = slot.step.verb { drained.append(slot.name) }
        }
    }

    /// The undo that failed, and how it left the node. Undos go backwards: of two that failed (a drain's may come after
    /// another's) it is that of the later step.
    var failedUndo: FailedUndo? {
        guard let step = undoFailed.last, let ending = failedUndoEnding else { return nil }
        var isSent = ending.outcome != nil
        if case .notStarted? = ending.outcome { isSent = false }
        return FailedUndo(
            step: step, text: ending.text, invocation: isSent ? ending.id : nil,
            exitStatus: ending.outcome?.exitStatus,
            wasChangedSince: ending.outcome == .exited(StepProgram.driftStatus), undone: undone,
            standing: changed.filter { !undone.contains($0) })
    }

    var hasChanged: Bool { !changed.isEmpty }
    /// Whether there is anything to verify: advice alone changes nothing.
    var needsVerify: Bool { hasChanged || !unchanged.isEmpty }
}

/// Decides where a node ends. Every node ends in exactly one class.
struct NodeEnd {
    var summary: NodeSummary
    var progress: NodeProgress

    var outcome: NodeOutcome {
        var outcome = progress.failure.map(afterFailure) ?? withoutFailure
        if !summary.alwaysFailed.isEmpty && !outcome.isHeld && outcome.outcome != .unknown {
            let text = "'\(summary.alwaysFailed.joined(separator: "', '"))' of `always` failed."
            outcome.text = outcome.text.isEmpty ? text : "\(outcome.text) \(text)"
            if outcome.outcome != .rollbackFailed { outcome.outcome = .failed }
        }
        return outcome
    }

    private var withoutFailure: NodeOutcome {
        if summary.hasChanged {
            switch progress.verification?.result {
            case .inconclusive?:
                return NodeOutcome(
                    .unknown, text: "Nobody can tell whether it is well: \(progress.verification?.text ?? "")",
                    hint: "Look at the node, then: runbook resume or runbook rollback")
            default: return NodeOutcome(.remediated)
            }
        }
        if progress.verification?.result == .holds { return NodeOutcome(.healthy, text: "Nothing had to be changed.") }
        if !summary.advised.isEmpty { return NodeOutcome(.advised) }
        if progress.verification?.result == .inconclusive {
            return NodeOutcome(.inconclusive, text: progress.verification?.text ?? "")
        }
        if !summary.unchanged.isEmpty { return NodeOutcome(.healthy, text: "Nothing had to be changed.") }
        return NodeOutcome(.skipped, text: "No step applies to it.")
    }

    private func afterFailure(_ failure: NodeFailure) -> NodeOutcome {
        var outcome = NodeOutcome(
            .failed, text: failure.text, hint: failure.hint, step: failure.step, invocation: failure.invocation)
        if failure.isUnreachable && !summary.hasChanged {
            outcome.outcome = .unreachable
            return outcome
        }
        switch failure.response {
        case .settle:
            if progress.verification?.result == .holds {
                return NodeOutcome(.remediated, text: "\(failure.text) It is verified all the same.")
            }
            outcome.outcome = .unknown
            outcome.hint = Self.hint(
                failure.hint, and: "Look at the node, then: runbook resume or runbook rollback")
        case .cancel:
            outcome.outcome = summary.hasChanged ? .cancelled : .notStarted
            if !summary.hasChanged { outcome.holder = failure.holder }
        case .stop, .continue:
            outcome.outcome = .failed
            outcome.text += drained
        case .ask:
            outcome.outcome = .failed
            outcome.isHeld = true
            outcome.hint = Self.hint(
                failure.hint, and: "It is held: runbook resume goes on, runbook rollback undoes it")
        case .rollback, .windowClosed: undone(&outcome, failure)
        }
        return outcome
    }

    /// What mends the cause, and then how to go on.
    private static func hint(_ cause: String?, and next: String) -> String {
        guard let cause, let last = cause.last else { return next }
        return cause + (".?!".contains(last) ? " " : ". ") + next
    }

    private var drained: String { summary.drained.isEmpty ? "" : " It stays drained." }

    private func undone(_ outcome: inout NodeOutcome, _ failure: NodeFailure) {
        outcome.irreversible = summary.irreversible
        if let undo = summary.failedUndo {
            outcome.outcome = .rollbackFailed
            outcome.failedUndo = undo
            let names = summary.undoFailed.joined(separator: "', '")
            let why = undo.text.isEmpty ? "" : ": \(undo.text)"
            let stop = why.hasSuffix(".") ? "" : "."
            outcome.text += " '\(names)' could not be undone\(why)\(stop)\(drained)"
        } else if !summary.undone.isEmpty {
            outcome.outcome = .rolledBack
            let names = summary.irreversible.joined(separator: "', '")
            outcome.text += names.isEmpty ? drained : " '\(names)' can't be undone.\(drained)"
        } else if !summary.hasChanged && failure.response == .windowClosed {
            outcome.outcome = .notStarted
        } else if progress.steps.values.contains(where: \.guardFired) {
            outcome.outcome = .rolledBack
        } else {
            outcome.outcome = .failed
            let names = summary.irreversible.joined(separator: "', '")
            outcome.text += names.isEmpty ? drained : " '\(names)' can't be undone.\(drained)"
        }
    }
}
