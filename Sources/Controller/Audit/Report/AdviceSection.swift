import Model

/// What persons have to do after a run, each advice once with the nodes that it is for.
struct AdviceSection: Sendable {
    private let groups: [(advice: Advice, nodes: NodeSet)]

    init(_ state: RunState) { groups = state.advice }

    /// Nothing where nobody has to do anything.
    var markup: Markup {
        guard !groups.isEmpty else { return .none }
        return .all([.element("h2", .text("What a person has to do"))] + groups.map(block))
    }

    private func block(_ group: (advice: Advice, nodes: NodeSet)) -> Markup {
        let advice = group.advice
        var parts: [Markup] = [
            .element("h3", .text(advice.title), .text(" "), pill(advice.severity)),
            .element("p", ReportWords.nodes(group.nodes)), .element("p", .text(advice.text)),
        ]
        for code in [advice.command, advice.patch].compactMap(\.self) { parts.append(.element("pre", .text(code))) }
        if !advice.evidence.isEmpty {
            parts.append(
                .element("p", style: "soft small", .text("Evidence: " + advice.evidence.joined(separator: ", "))))
        }
        return .element("div", style: "history", parts)
    }

    private func pill(_ severity: AdviseVerb.Severity) -> Markup {
        let text = Markup.text(severity.rawValue)
        return switch severity {
        case .info: .element("span", style: "pill plain", text)
        case .warning: .element("span", style: "pill warn", text)
        case .critical: .element("span", style: "pill bad", text)
        }
    }
}
