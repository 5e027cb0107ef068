import Controller
import Model

/// What an approver reads: who asks for what, and the plan as its digest has it.
struct MatterText {
    let matter: DecisionMatter
    let style: Style

    var lines: [String] {
        let pending = matter.pending
        let plan = matter.plan
        var lines = [
            "  asked for by \(pending.requester), since \(EventLine.timestamp(pending.started).prefix(19)) UTC",
            "  gate: \(pending.gate); good until \(EventLine.timestamp(pending.expires).prefix(19)) UTC",
        ]
        lines.append("  \(pending.waitsFor)")
        lines = [style.bold("Run \(pending.run)")] + lines.map { SafeText($0).description }
        lines += PlanText(plan: plan, digest: pending.plan, style: style).lines
        lines += fileLines + parameterLines
        return lines + ["  whole digest: \(pending.plan)", ""]
    }

    /// The runbook's files with their digests, which the plan's digest covers.
    private var fileLines: [String] {
        matter.plan.sources.sorted { $0.key < $1.key }.map { path, digest in
            "  file \(SafeText(path).singleLine): sha256 \(digest.prefix(16))"
        }
    }

    private var parameterLines: [String] {
        var groups: [(text: String, nodes: [String])] = []
        for target in matter.plan.targets where !target.parameters.isEmpty {
            let text = target.parameters.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(SafeText($0.value).singleLine)" }.joined(separator: " ")
            if let index = groups.firstIndex(where: { $0.text == text }) {
                groups[index].nodes.append(target.name)
            } else {
                groups.append((text, [target.name]))
            }
        }
        return groups.map { "  parameters on \(NodeSet(names: $0.nodes).folded): \($0.text)" }
    }
}
