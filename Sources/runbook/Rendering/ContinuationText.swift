import Model

/// The commands that go on from the end of a run, for those of its nodes that did not end well.
struct ContinuationText {
    let state: RunState
    let header: RunHeader

    var lines: [String] {
        switch header.kind {
        case .apply: againLines("apply \(header.runbook)", except: [.unknown]) + resumeLines + undoLines
        case .plan: againLines("plan \(header.runbook)")
        case .diagnose: againLines("diagnose \(header.runbook)")
        case .exec: againLines("exec", after: " -- COMMAND")
        case .rollback: rollbackLines
        }
    }

    /// For the nodes that have not ended in a run that was interrupted: only what changes nodes is resumed.
    func line(forUnfinished names: [String]) -> String {
        let set = NodeSet(names: names).folded
        // A runbook that works on the controller itself takes no node set.
        let nodes = set == "controller" ? "" : " --nodes '\(set)'"
        switch header.kind {
        case .apply, .rollback: return "To go on with it:    runbook resume \(short)"
        case .plan: return "To start it again:   runbook plan \(header.runbook)\(nodes)"
        case .diagnose: return "To start it again:   runbook diagnose \(header.runbook)\(nodes)"
        case .exec: return "To start it again:   runbook exec --nodes '\(set)' -- COMMAND"
        }
    }

    private var short: String { header.id.short }

    /// A new run on the nodes that somebody may want to try again.
    private func againLines(
        _ command: String, after rest: String = "", except: Set<OutcomeClass> = []
    ) -> [String] {
        let classes = OutcomeClass.allCases.filter {
            state.counts[$0] != nil && isOpen($0) && !except.contains($0)
        }
        if classes.isEmpty { return [] }
        let names = classes.map(\.rawValue).joined(separator: ",")
        return ["To go on with these: runbook \(command) --from-run \(short) --state \(names)\(rest)"]
    }

    /// Nodes on which only this very run can go on: nobody can tell how they ended, or they are held for it.
    private var resumeLines: [String] {
        let isThere = state.nodes.values.contains { node in
            node.outcome.map { $0.outcome == .unknown || $0.isHeld } ?? false
        }
        return isThere ? ["To resume it:        runbook resume \(short)"] : []
    }

    private var undoLines: [String] {
        state.counts[.remediated] == nil ? [] : ["To undo it:          runbook rollback \(short)"]
    }

    /// The undo of the same run, on the nodes on which it is not done. Where a part of it was done already, that stands
    /// in the way like any later change, and has to be gone past.
    private var rollbackLines: [String] {
        guard let undone = header.parent?.short else { return [] }
        var untouched: [String] = []
        var begun: [String] = []
        for name in state.targets {
            guard let outcome = state.nodes[name]?.outcome else { continue }
            switch outcome.outcome {
            case .unreachable, .notStarted: untouched.append(name)
            case .rollbackFailed where outcome.holder != nil: untouched.append(name)
            case .rollbackFailed: begun.append(name)
            default: continue
            }
        }
        func line(_ label: String, _ names: [String], _ flag: String) -> [String] {
            if names.isEmpty { return [] }
            return ["\(label) runbook rollback \(undone) --nodes '\(NodeSet(names: names).folded)'\(flag)"]
        }
        return line("To go on with these:", untouched, "") + line("To force the undo:  ", begun, " --force")
    }

    private func isOpen(_ outcome: OutcomeClass) -> Bool {
        // A command skips only what another run holds.
        if outcome == .skipped { return header.kind == .exec }
        return outcome.countsAsFailure || [.notStarted, .cancelled, .inconclusive].contains(outcome)
    }
}
