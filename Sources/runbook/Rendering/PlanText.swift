import Model

/// A plan for the person who decides: nodes by state, waves, each step as node sets, differences, undo, what is not
/// known.
struct PlanText {
    let plan: Plan
    let digest: String
    let style: Style

    init(plan: Plan, digest: String, style: Style) {
        self.plan = plan
        self.digest = digest
        self.style = style
    }

    var lines: [String] {
        ["", style.bold("Plan \(digest.prefix(12))  \(plan.runbook) version \(plan.runbookVersion)")]
            + verdictLines + stepLines + rolloutLines + plan.notes.map { "note: " + SafeText($0).singleLine } + [""]
    }

    private var verdictLines: [String] {
        var groups: [(key: String, nodes: [String])] = []
        for target in plan.targets {
            let causes = target.survey.causes.isEmpty ? "" : " (\(target.survey.causes.joined(separator: ", ")))"
            let unmet = target.survey.unmetRequirement.map { ", left out: \($0)" } ?? ""
            let key = "\(target.survey.verdict.rawValue)\(causes)\(unmet)"
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].nodes.append(target.name)
            } else {
                groups.append((key, [target.name]))
            }
        }
        return groups.map { group in
            let set = NodeSet(names: group.nodes)
            return "  \(SafeText(group.key).singleLine): \(set.folded) (\(set.count.nodes()))"
        }
    }

    private var stepLines: [String] {
        var lines = [""]
        for step in plan.steps {
            let predictions = plan.targets.compactMap { target in
                step.index < target.predictions.count ? (target.name, target.predictions[step.index]) : nil
            }.filter { $0.1.kind != .skipped }
            guard !predictions.isEmpty else { continue }
            let gate = step.gate == .none ? "" : style.faint("  [gate: \(step.gate.rawValue)]")
            lines.append(
                "  \(step.index + 1). " + style.bold(SafeText(step.name).singleLine) + "  "
                    + SafeText(step.summary).singleLine + gate)
            lines += predictionLines(predictions)
            let grades = Set(predictions.filter { $0.1.kind != .noChange }.map(\.1.grade))
            if grades.contains(.irreversible) {
                lines.append("       " + style.red("POINT OF NO RETURN: can't be undone"))
            } else if !step.undo.isEmpty, grades.contains(where: { $0 != .none }) {
                let words = grades.map(\.rawValue).sorted().joined(separator: ", ")
                lines.append("       " + style.faint("undo (\(words)): \(SafeText(step.undo).singleLine)"))
            }
        }
        return lines.count == 1 ? [] : lines
    }

    private func predictionLines(_ predictions: [(String, Prediction)]) -> [String] {
        var groups: [(prediction: Prediction, nodes: [String])] = []
        for (name, prediction) in predictions {
            var shown = prediction
            shown.programDigest = nil
            if let index = groups.firstIndex(where: { $0.prediction == shown }) {
                groups[index].nodes.append(name)
            } else {
                groups.append((shown, [name]))
            }
        }
        return groups.flatMap { group in
            let word =
                switch group.prediction.kind {
                case .change: style.yellow("change")
                case .noChange: style.green("no change")
                case .unknown: style.red("unknown")
                case .skipped: "skipped"
                }
            var line = "       \(word): \(NodeSet(names: group.nodes).folded)"
            if let before = group.prediction.before, let after = group.prediction.after {
                line += "  \(SafeText(before).singleLine) → \(SafeText(after).singleLine)"
            }
            if !group.prediction.reason.isEmpty { line += "  (\(SafeText(group.prediction.reason).singleLine))" }
            let diff = group.prediction.diff?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
            return [line] + diff.prefix(40).map { "         " + colored(SafeText(String($0)).singleLine) }
        }
    }

    private func colored(_ line: String) -> String {
        line.hasPrefix("+") ? style.green(line) : line.hasPrefix("-") ? style.red(line) : line
    }

    private var rolloutLines: [String] {
        guard !plan.waves.isEmpty else { return ["", "  Nothing to do."] }
        var lines = [""]
        for (index, wave) in plan.waves.enumerated() {
            let kind = index < plan.strategy.canaryWaves ? " (canary)" : ""
            lines.append("  wave \(index + 1)\(kind): \(NodeSet(names: wave).folded)")
        }
        let stops = plan.strategy.stopsAtFailure
        lines.append("  \(plan.strategy.concurrency) at one time; stops at failure number \(stops)")
        for (label, values) in plan.strategy.limits.sorted(by: { $0.key < $1.key }) {
            let text = values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            lines.append("  out of service at one time by \(label): \(SafeText(text).singleLine)")
        }
        lines.append("  gate: \(plan.gate.rawValue)\(coverage)")
        return lines
    }

    private var coverage: String {
        let all = plan.targets.flatMap(\.predictions).filter { $0.kind != .skipped }
        guard !all.isEmpty else { return "" }
        let known = all.count { $0.kind != .unknown }
        return "; \(known) of \(all.count) step predictions known (\(known * 100 / all.count) %)"
    }
}
