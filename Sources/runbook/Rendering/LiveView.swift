import Model

/// A run on one screen: nodes by state as a bar, the wave, the running steps folded as node sets, failures as they
/// come, the time left. Pure: a state in, lines out.
struct LiveView {
    let state: RunState
    let pace: Pace
    let style: Style
    let columns: Int
    let rows: Int
    /// Milliseconds since 1970.
    let now: Int

    init(state: RunState, pace: Pace, style: Style, columns: Int, rows: Int, now: Int) {
        self.state = state
        self.pace = pace
        self.style = style
        self.columns = max(columns, 3)
        self.rows = max(rows, 6)
        self.now = now
    }

    /// At most as many lines as the terminal has rows, none longer than it is wide.
    var lines: [String] {
        var lines = [headline, bar, legend]
        let room = rows - lines.count - 1
        let running = runningLines
        let failures = failureLines
        let failureRoom = min(failures.count, max(room - min(running.count, room / 2), 0))
        lines += fit(running, into: room - failureRoom)
        lines += fit(failures, into: failureRoom)
        return lines
    }

    private func fit(_ lines: [String], into room: Int) -> [String] {
        guard lines.count > room, room > 0 else { return Array(lines.prefix(max(room, 0))) }
        return lines.prefix(room - 1) + [style.faint(clip("  … and \(lines.count - room + 1) more"))]
    }

    private var headline: String {
        let name = state.header?.runbook ?? ""
        var parts = ["\(name.isEmpty ? "exec" : name) \(state.header?.id.short ?? "")", state.phase.rawValue]
        if let wave = state.wave, let plan = state.plan, plan.waves.count > 1 {
            parts.append("wave \(wave + 1) of \(plan.waves.count)")
        }
        let done = state.targets.count - state.inProgress.values.reduce(0, +)
        parts.append("\(done) of \(state.targets.count.nodes())")
        parts.append(DurationText(milliseconds: now - state.started).description)
        if let left = pace.timeLeft(state, now: now) { parts.append("about \(DurationText(milliseconds: left)) left") }
        return style.bold(clip(parts.joined(separator: "  ")))
    }

    private var bar: String {
        let width = columns - 2
        let total = max(state.targets.count, 1)
        var cells = ""
        var used = 0
        let counts = state.counts
        let outcomes = OutcomeClass.allCases.filter { counts[$0] != nil }
        for (index, outcome) in outcomes.enumerated() {
            // Each of the others has a cell too.
            let room = max(0, width - used - (outcomes.count - index - 1))
            let length = min(max(1, counts[outcome, default: 0] * width / total), room)
            used += length
            cells += outcome.styled(String(repeating: "█", count: length), style)
        }
        return cells + style.faint(String(repeating: "░", count: width - used))
    }

    /// As many counts as fit, those of nodes that have ended first.
    private var legend: String {
        let (counts, inProgress) = (state.counts, state.inProgress)
        let ended = OutcomeClass.allCases.compactMap { outcome in
            counts[outcome].map { count in
                let text = "\(outcome.rawValue) \(count)"
                return (text, outcome.styled(text, style))
            }
        }
        let working = NodeState.allCases.compactMap { key in
            inProgress[key].map { ("\(key.rawValue) \($0)", "\(key.rawValue) \($0)") }
        }
        var line = ""
        var width = 0
        for (text, styled) in ended + working {
            let gap = width == 0 ? 0 : 2
            guard width + gap + text.count <= columns else { break }
            line += String(repeating: " ", count: gap) + styled
            width += gap + text.count
        }
        return line
    }

    private var runningLines: [String] {
        var steps: [(name: String, nodes: [String])] = []
        for name in state.targets {
            guard let node = state.nodes[name], node.outcome == nil, let open = node.openAttempt else { continue }
            let step = open.attempt.intent.name
            if let index = steps.firstIndex(where: { $0.name == step }) {
                steps[index].nodes.append(name)
            } else {
                steps.append((step, [name]))
            }
        }
        return steps.map { clip("  \(SafeText($0.name).singleLine): \(NodeSet(names: $0.nodes).folded)") }
    }

    /// In the order of the targets, nodes with the same failure folded.
    private var failureLines: [String] {
        var failures: [(text: String, nodes: [String])] = []
        var places: [String: Int] = [:]
        for name in state.targets {
            guard let outcome = state.nodes[name]?.outcome, outcome.outcome.countsAsFailure else { continue }
            let likeness = "\(outcome.outcome.rawValue): \(outcome.words(without: name))"
            if let place = places[likeness] {
                failures[place].nodes.append(name)
            } else {
                places[likeness] = failures.count
                failures.append(("\(outcome.outcome.rawValue): \(SafeText(outcome.text).singleLine)", [name]))
            }
        }
        return failures.map { style.red(clip("  \(NodeSet(names: $0.nodes).folded): \($0.text)")) }
    }

    private func clip(_ text: String) -> String { TerminalWidth.clipped(text, to: columns) }
}
