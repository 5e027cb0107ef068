import Model

/// The commands that go on from the end of a run, for those of its nodes that did not end well.
struct ContinuationText {
    let state: RunState
    let header: RunHeader
    /// Nodes that the run itself can't go on with, since a rollback of it has touched them.
    var undone = UndoneNodes()

    /// One of them, and what it is for.
    private struct Offer {
        var label: String
        var command: String
    }

    /// Each with what it is for.
    var lines: [String] {
        offers.map { offer in
            offer.label + String(repeating: " ", count: max(1, 21 - offer.label.count)) + offer.command
        }
    }

    /// The commands alone.
    var commands: [String] { offers.map(\.command) }

    private var offers: [Offer] {
        let unfinished = state.targets.filter { state.nodes[$0]?.outcome == nil }
        if !unfinished.isEmpty {
            let left = unfinished.filter { undone[$0] == nil }
            return (left.isEmpty ? resumption : [offer(forUnfinished: left)]) + afterUndo(unfinished)
        }
        switch header.kind {
        case .apply:
            let onward = again("apply \(header.runbook)", except: [.unknown, .rollbackFailed]) + resumption
            return onward + afterUndo(state.nodes(in: [.unknown])) + undos
                + goingOnUndoing(run: short, label: "To go on undoing:", names: begun)
        case .plan: return again("plan \(header.runbook)")
        case .diagnose: return again("diagnose \(header.runbook)")
        case .exec: return again("exec", after: " -- COMMAND")
        case .rollback:
            guard let undone = header.parent?.short else { return [] }
            return goingOnUndoing(run: undone, label: "To go on with these:", names: untouched + begun)
        }
    }

    /// For the nodes that have not ended in a run that was interrupted: only what changes nodes is resumed.
    private func offer(forUnfinished names: [String]) -> Offer {
        let set = NodeSet(names: names).folded
        // A runbook that works on the controller itself takes no node set.
        let nodes = set == "controller" ? "" : " --nodes '\(set)'"
        let again = "To start it again:"
        switch header.kind {
        case .apply, .rollback: return Offer(label: "To go on with it:", command: "runbook resume \(short)")
        case .plan: return Offer(label: again, command: "runbook plan \(header.runbook)\(nodes)")
        case .diagnose: return Offer(label: again, command: "runbook diagnose \(header.runbook)\(nodes)")
        case .exec: return Offer(label: again, command: "runbook exec --nodes '\(set)' -- COMMAND")
        }
    }

    private var short: String { header.id.short }

    /// A new run on the nodes that somebody may want to try again.
    private func again(_ command: String, after rest: String = "", except: Set<OutcomeClass> = []) -> [Offer] {
        let classes = OutcomeClass.allCases.filter {
            state.counts[$0] != nil && isOpen($0) && !except.contains($0)
        }
        if classes.isEmpty { return [] }
        let names = classes.map(\.rawValue).joined(separator: ",")
        return [
            Offer(
                label: "To go on with these:", command: "runbook \(command) --from-run \(short) --state \(names)\(rest)"
            )
        ]
    }

    /// Nodes on which only this very run can go on: nobody can tell how they ended, or they are held for it.
    private var resumption: [Offer] {
        let isThere = state.targets.contains { undone[$0] == nil && state.nodes[$0]?.isResumable == true }
        return isThere ? [Offer(label: "To resume it:", command: "runbook resume \(short)")] : []
    }

    /// For those of `names` that a rollback of this run has touched: to apply it again where nothing is left to undo, and
    /// else to go on undoing.
    private func afterUndo(_ names: [String]) -> [Offer] {
        let whole = names.filter { undone[$0]?.isWhole == true }
        let begun = names.filter { undone[$0]?.isWhole == false }
        return undone.groups(of: whole).map { group in
            Offer(
                label: "To apply it again:",
                command: "runbook apply \(header.runbook) --from-run \(group.rollback.short) --state rolled_back")
        } + goingOnUndoing(run: short, label: "To go on undoing:", names: begun)
    }

    private var undos: [Offer] {
        if state.counts[.remediated] == nil { return [] }
        return [Offer(label: "To undo it:", command: "runbook rollback \(short)")]
    }

    /// Nodes on which an undo was begun and failed.
    private var begun: [String] {
        state.nodes(in: [.rollbackFailed]).filter { state.nodes[$0]?.outcome?.holder == nil }
    }

    /// Nodes on which an undo did nothing.
    private var untouched: [String] {
        state.nodes(in: [.unreachable, .notStarted, .rollbackFailed]).filter { name in
            guard let outcome = state.nodes[name]?.outcome else { return false }
            return outcome.outcome != .rollbackFailed || outcome.holder != nil
        }
    }

    /// The undo of `run` on `names`, which does not undo again what is undone. Only with force it goes past what somebody
    /// has changed since.
    private func goingOnUndoing(run: String, label: String, names: [String]) -> [Offer] {
        func offer(_ label: String, _ names: [String], _ flag: String) -> [Offer] {
            if names.isEmpty { return [] }
            let set = NodeSet(names: names).folded
            let nodes = set == "controller" ? "" : " --nodes '\(set)'"
            return [Offer(label: label, command: "runbook rollback \(run)\(nodes)\(flag)")]
        }
        let changed = names.filter { state.nodes[$0]?.outcome?.failedUndo?.wasChangedSince == true }
        return offer(label, names.filter { !changed.contains($0) }, "")
            + offer("To force the undo:", changed, " --force")
    }

    private func isOpen(_ outcome: OutcomeClass) -> Bool {
        // A command skips only what another run holds.
        if outcome == .skipped { return header.kind == .exec }
        return outcome.countsAsFailure || [.notStarted, .cancelled, .inconclusive].contains(outcome)
    }
}
