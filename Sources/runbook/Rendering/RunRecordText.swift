import Controller
import Model

/// A run that is over, or goes on, for a person who was not there.
struct RunRecordText {
    let record: RunRecord
    let style: Style
    /// The last lines of a failed step's or undo's output, by invocation.
    var lastLines: [InvocationID: [String]] = [:]

    init(record: RunRecord, style: Style, lastLines: [InvocationID: [String]] = [:]) {
        self.record = record
        self.style = style
        self.lastLines = lastLines
    }

    /// The whole run, or step by step what happened on `nodes`.
    func lines(nodes: NodeSet?) -> [String] {
        headLines
            + (nodes.map { set in set.names.flatMap(nodeLines) } ?? stepLines
                + RunResultText(
                    state: record.state, style: style, lastLines: lastLines, isGoingOn: isGoingOn, undone: record.undone
                ).lines)
    }

    private var isGoingOn: Bool {
        record.state.ending == nil && record.phase != .interrupted && !record.phase.isWaiting
    }

    private var headLines: [String] {
        guard let header = record.state.header else { return ["Nothing is recorded of this run."] }
        var who = header.requester.user + "@" + header.requester.host
        if let sudo = header.requester.sudoUser { who += " (sudo by \(sudo))" }
        if let client = header.requester.sshClient { who += " from \(client)" }
        var lines = [
            "  \(header.kind.rawValue) \(header.runbook)\(header.runbook.isEmpty ? "" : " version \(header.runbookVersion)") by \(who)",
            "  nodes: \(header.targets.folded) (\(header.targets.count.nodes()))"
                + (header.selector.isEmpty ? "" : ", asked for as \(header.selector)"),
            "  started \(EventLine.timestamp(record.state.started)), state: \(record.phase.rawValue)",
        ]
        if !header.command.isEmpty { lines.append("  command: " + header.command.joined(separator: " ")) }
        for (name, value) in header.parameters.sorted(by: { $0.key < $1.key }) { lines.append("  \(name) = \(value)") }
        if let parent = header.parent { lines.append("  continues or undoes run \(parent.short)") }
        if let plan = record.state.plan { lines.append("  plan \(plan.digest)") }
        if let by = record.state.confirmedBy { lines.append("  confirmed by \(by.user)@\(by.host)") }
        for approval in record.approvals {
            lines.append(
                "  \(approval.decision == .approve ? "approved" : "denied") by \(approval.person) (\(approval.key)), gate \(approval.gate), \(EventLine.timestamp(approval.given))"
                    + (approval.reason.isEmpty ? "" : ": " + approval.reason))
        }
        for warning in record.state.warnings { lines.append("  warning: " + SafeText(warning).singleLine) }
        return [style.bold("Run \(header.id)")] + lines.map { SafeText($0).description }
    }

    private var stepLines: [String] {
        var groups: [(step: Int, name: String, status: String, nodes: [String])] = []
        for name in record.state.targets {
            for (index, step) in record.state.nodes[name]?.steps ?? [:] {
                let status =
                    "\(step.purpose == .apply ? "" : step.purpose.rawValue + " ")\(step.ending?.status.rawValue ?? "running")"
                if let at = groups.firstIndex(where: { $0.step == index && $0.status == status && $0.name == step.name }
                ) {
                    groups[at].nodes.append(name)
                } else {
                    groups.append((index, step.name, status, [name]))
                }
            }
        }
        guard !groups.isEmpty else { return [] }
        var table = Table(["STEP", "RESULT", "NODES"])
        for group in groups.sorted(by: { ($0.step, $0.status) < ($1.step, $1.status) }) {
            table.add([group.name, group.status, NodeSet(names: group.nodes).folded])
        }
        return [""] + table.lines(style: style)
    }

    private func nodeLines(_ name: String) -> [String] {
        guard let node = record.state.nodes[name] else { return [] }
        var lines = ["", style.bold(name)]
        for event in record.events where event.event.node == name {
            let line = ProgressLines(style: style, verbosity: 1).lines(for: event)
            lines += line.map { "  \(EventLine.timestamp(event.time).dropFirst(11))  \($0)" }
        }
        if let outcome = node.outcome { lines.append("  ended \(outcome.outcome.rawValue)") }
        return lines
    }
}
