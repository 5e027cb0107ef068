import Model

/// The end of a run for people: a table whose counts sum to the targets, then each failure with what continues from it.
struct RunResultText {
    let state: RunState
    let style: Style
    /// The last lines of a failed step's or undo's output, by invocation.
    var lastLines: [InvocationID: [String]] = [:]

    /// Whether a process carries it out still.
    let isGoingOn: Bool

    /// Nodes that the run itself can't go on with, since a rollback of it has touched them.
    let undone: UndoneNodes

    init(
        state: RunState, style: Style, lastLines: [InvocationID: [String]] = [:], isGoingOn: Bool = false,
        undone: UndoneNodes = UndoneNodes()
    ) {
        self.state = state
        self.style = style
        self.lastLines = lastLines
        self.isGoingOn = isGoingOn
        self.undone = undone
    }

    /// All of it.
    var lines: [String] { failureLines + adviceLines + tableLines + closingLines }

    private var tableLines: [String] {
        var table = Table(["OUTCOME", "NODES", "", "MEANING"], rightAligned: [1])
        let classes = OutcomeClass.allCases.filter { state.counts[$0] != nil }
        for outcome in classes {
            table.add([
                outcome.rawValue, String(state.counts[outcome] ?? 0),
                NodeSet(names: state.nodes(in: [outcome])).folded, outcome.meaning,
            ])
        }
        let open = unfinished
        if !open.isEmpty {
            let meaning = isGoingOn ? "not at their end yet" : "left as they are"
            table.add(["not done", String(open.count), NodeSet(names: open).folded, meaning])
        }
        table.add(["total", String(state.targets.count), "", ""])
        var lines = table.lines(style: style)
        for (index, outcome) in classes.enumerated() { lines[index + 1] = outcome.styled(lines[index + 1], style) }
        return [""] + lines
    }

    /// Nodes that have not ended.
    private var unfinished: [String] { state.targets.filter { state.nodes[$0]?.outcome == nil } }

    private var closingLines: [String] {
        var lines: [String] = []
        if state.ending == nil, state.phase == .waitingApproval || state.phase == .waitingWindow,
            let header = state.header
        {
            let short = header.id.short
            lines.append(
                style.yellow(
                    "Run \(short) waits: \(SafeText(state.stopReason ?? state.phase.rawValue).singleLine)"))
            if let plan = state.plan { lines.append("Its plan is \(plan.digest).") }
            if state.phase == .waitingApproval {
                lines.append("To approve it:       runbook approve \(short)")
            }
            lines.append("It goes on by itself. To end it: runbook cancel \(short)")
            return lines
        }
        if let reason = state.stopReason { lines.append(style.yellow("Stopped: \(SafeText(reason).singleLine)")) }
        guard let header = state.header else { return lines }
        let short = header.id.short
        let time = DurationText(milliseconds: state.updated - state.started)
        guard unfinished.isEmpty else {
            if isGoingOn {
                return lines + ["Run \(short) goes on.", "To follow it:        runbook logs \(short) --follow"]
            }
            lines.append("Run \(short) was interrupted after \(time).")
            return lines + ContinuationText(state: state, header: header, undone: undone).lines
        }
        lines.append("Run \(short) took \(time).")
        return lines + ContinuationText(state: state, header: header, undone: undone).lines
    }

    /// What two failures have in common that are shown as one.
    private struct Likeness: Hashable {
        var outcome: OutcomeClass
        var step: String?
        var text: String
        var last: [String]
        var undo: FailedUndo?
        var lastOfUndo: [String]
    }

    /// Failures with the same step, text and last lines are one entry under their folded node set.
    private var failureLines: [String] {
        var groups: [(outcome: NodeOutcome, last: [String], nodes: [String])] = []
        var places: [Likeness: Int] = [:]
        for name in state.targets {
            guard let outcome = state.nodes[name]?.outcome, isShown(outcome) else { continue }
            let last = outcome.invocation.flatMap { lastLines[$0] } ?? []
            var undo = outcome.failedUndo
            undo?.text = ""
            undo?.invocation = nil
            let likeness = Likeness(
                outcome: outcome.outcome, step: outcome.step, text: outcome.words(without: name), last: last,
                undo: undo, lastOfUndo: lastLinesOfUndo(outcome))
            if let place = places[likeness] {
                groups[place].nodes.append(name)
            } else {
                places[likeness] = groups.count
                groups.append((outcome, last, [name]))
            }
        }
        return groups.flatMap { group in
            let set = NodeSet(names: group.nodes)
            let step = group.outcome.step.map { " in step '\($0)'" } ?? ""
            var lines = [
                "",
                group.outcome.outcome.styled(
                    "\(set.folded): \(group.outcome.outcome.rawValue)\(SafeText(step).singleLine)", style),
            ]
            if !group.outcome.text.isEmpty { lines.append("    " + SafeText(group.outcome.text).singleLine) }
            lines += group.last.map { "    | " + SafeText($0).singleLine }
            lines += undoLines(group.outcome)
            if !group.outcome.irreversible.isEmpty {
                let steps = SafeText(group.outcome.irreversible.joined(separator: ", ")).singleLine
                lines.append("    not undone, because it can't be: \(steps)")
            }
            if let hint = group.outcome.hint { lines.append("    " + SafeText(hint).singleLine) }
            if group.outcome.invocation != nil, let run = state.header?.id.short, let step = group.outcome.step {
                lines.append("    all of its output: \(logs(run, set, step))")
            }
            if let undo = undoBesides(group.outcome), let run = state.header?.id.short {
                lines.append("    all of the undo's: \(logs(run, set, undo.step))")
            }
            return lines
        }
    }

    private func logs(_ run: String, _ nodes: NodeSet, _ step: String) -> String {
        "runbook logs \(run) --nodes '\(nodes.folded)' --step '\(SafeText(step).singleLine)'"
    }

    /// The failed undo whose output is not that of the failed step.
    private func undoBesides(_ outcome: NodeOutcome) -> FailedUndo? {
        guard let undo = outcome.failedUndo, let id = undo.invocation, id != outcome.invocation else { return nil }
        return undo
    }

    private func lastLinesOfUndo(_ outcome: NodeOutcome) -> [String] {
        undoBesides(outcome)?.invocation.flatMap { lastLines[$0] } ?? []
    }

    /// What a failed undo printed, and how it left the node.
    private func undoLines(_ outcome: NodeOutcome) -> [String] {
        guard let undo = outcome.failedUndo else { return [] }
        var lines: [String] = []
        if undoBesides(outcome) != nil {
            let status = undo.exitStatus.map { " (exit status \($0))" } ?? ""
            lines.append("    the undo of '\(SafeText(undo.step).singleLine)'\(status):")
            lines += lastLinesOfUndo(outcome).map { "    | " + SafeText($0).singleLine }
        }
        func names(_ steps: [String]) -> String { SafeText(steps.joined(separator: ", ")).singleLine }
        if !undo.undone.isEmpty { lines.append("    put back: \(names(undo.undone))") }
        if !undo.standing.isEmpty { lines.append("    still changed: \(names(undo.standing))") }
        return lines
    }

    private var adviceLines: [String] {
        state.advice.flatMap { group in
            AdviceText(advice: group.advice, nodes: group.nodes, run: state.header?.id, style: style).lines
        }
    }

    /// What the run's stop reason says already is not said again.
    private func isShown(_ outcome: NodeOutcome) -> Bool {
        switch outcome.outcome {
        case .healthy, .remediated, .advised: false
        case .notStarted: !outcome.text.isEmpty && outcome.text != state.stopReason
        default: true
        }
    }
}
