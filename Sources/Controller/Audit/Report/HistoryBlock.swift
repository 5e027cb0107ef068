import Model

/// What happened on nodes with the same history.
struct HistoryBlock: Sendable {
    let history: NodeHistory

    var markup: Markup {
        let outcome =
            history.outcome.map(ReportWords.pill) ?? .element("span", style: "pill plain", .text("no outcome"))
        var parts: [Markup] = [
            .element("h3", .element("span", style: "nodes", .text(history.nodes.folded)), .text(" "), outcome),
            health,
        ]
        let rows: [[Markup]] = history.steps.map { step in
            [
                .all([
                    .element("b", .text(step.name)),
                    step.purpose == .apply
                        ? .none : .element("div", style: "soft small", .text(Self.words(step.purpose))),
                ]),
                step.purpose == .undo && step.status == .changed
                    ? .element("span", style: "pill warn", .text("put back")) : ReportWords.pill(step.status),
                changes(step),
            ]
        }
        parts.append(.table(["Step", "Result", "Before and after"], rows))
        if rows.isEmpty { parts.append(.element("p", style: "soft", .text("No step was carried out."))) }
        return .element("div", style: "history", parts)
    }

    private var health: Markup {
        var lines: [Markup] = []
        if !history.before.isEmpty {
            lines.append(.element("dt", .text("Found")))
            lines.append(.element("dd", RunSection.list(history.before, of: history.nodes.count)))
        }
        if !history.after.isEmpty {
            lines.append(.element("dt", .text("Verified")))
            lines.append(.element("dd", RunSection.list(history.after, of: history.nodes.count)))
        }
        if !history.reasons.isEmpty, history.outcome != .remediated {
            lines.append(.element("dt", .text("Why")))
            lines.append(.element("dd", RunSection.list(history.reasons, of: history.nodes.count)))
        }
        return lines.isEmpty ? .none : .element("dl", lines)
    }

    private func changes(_ step: NodeHistory.Step) -> Markup {
        var parts: [Markup] = []
        for variant in step.changes.prefix(8) {
            let nodes =
                step.changes.count > 1
                ? Markup.element("span", style: "soft small", .text(" — \(variant.nodes.folded)")) : Markup.none
            parts.append(
                variant.text.contains("\n")
                    ? .all([.element("pre", .text(variant.text)), nodes])
                    : .element("div", .element("code", .text(variant.text)), nodes))
        }
        if step.changes.count > 8 {
            parts.append(.element("div", style: "soft", .text("and \(step.changes.count - 8) more")))
        }
        if !step.texts.isEmpty { parts.append(RunSection.list(step.texts, of: history.nodes.count)) }
        return .all(parts)
    }

    private static func words(_ purpose: StepIntent.Purpose) -> String {
        switch purpose {
        case .apply: ""
        case .undo: "its undo"
        case .always: "in any case, at the end"
        case .exec: "command"
        }
    }
}
