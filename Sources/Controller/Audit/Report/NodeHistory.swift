import Model

/// What happened on nodes of a run on which the same happened.
struct NodeHistory: Sendable {
    /// One step of it.
    struct Step: Sendable {
        var name: String
        var purpose: StepIntent.Purpose
        var status: StepEnding.Status?
        /// What it said, by node set, and what it changed.
        var texts: [Variant]
        var changes: [Variant]
    }

    /// Something that differs from node to node.
    struct Variant: Sendable {
        var nodes: NodeSet
        var text: String
    }

    var nodes: NodeSet
    var outcome: OutcomeClass?
    var causes: [String]
    var steps: [Step]
    /// The health before and after.
    var before: [Variant]
    var after: [Variant]
    var reasons: [Variant]

    private struct Key: Hashable {
        struct Step: Hashable {
            var index: Int
            var name: String
            var purpose: StepIntent.Purpose
            var status: StepEnding.Status?
        }

        var outcome: OutcomeClass?
        var verdict: Verdict?
        var causes: [String]
        var steps: [Step]
        var result: Verification.Result?
    }

    /// The targets of `state`, those with equal histories together; the largest group first.
    static func groups(of state: RunState, plan: Plan?) -> [NodeHistory] {
        var order: [Key] = []
        var members: [Key: [String]] = [:]
        for name in state.targets {
            guard let node = state.nodes[name] else { continue }
            let key = key(of: node)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(name)
        }
        let groups = order.enumerated().sorted {
            (members[$1.element]?.count ?? 0, $0.offset) < (members[$0.element]?.count ?? 0, $1.offset)
        }
        return groups.map { history(of: $0.element, members[$0.element] ?? [], state, plan) }
    }

    private static func key(of node: NodeProgress) -> Key {
        let steps = node.steps.filter { $0.value.ending?.status != .skipped }.sorted { $0.key < $1.key }.map {
            Key.Step(index: $0.key, name: $0.value.name, purpose: $0.value.purpose, status: $0.value.ending?.status)
        }
        return Key(
            outcome: node.outcome?.outcome, verdict: node.survey?.verdict, causes: node.survey?.causes ?? [],
            steps: steps, result: node.verification?.result)
    }

    private static func history(of key: Key, _ names: [String], _ state: RunState, _ plan: Plan?) -> NodeHistory {
        let nodes = names.compactMap { state.nodes[$0] }
        let targets = Dictionary(
            (plan?.targets ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let steps = key.steps.map { step in
            Step(
                name: step.name, purpose: step.purpose, status: step.status,
                texts: variants(nodes) { $0.steps[step.index]?.ending?.text },
                changes: step.purpose == .apply && step.status == .changed
                    ? variants(nodes) { node in
                        targets[node.name]?.predictions[safe: step.index].flatMap(Self.change)
                    } : [])
        }
        return NodeHistory(
            nodes: NodeSet(names: names), outcome: key.outcome, causes: key.causes, steps: steps,
            before: variants(nodes) { node in
                node.survey.map { survey in
                    let causes = survey.causes.isEmpty ? "" : " (\(survey.causes.joined(separator: ", ")))"
                    return survey.verdict.rawValue + causes + (survey.text.isEmpty ? "" : ": \(survey.text)")
                }
            },
            after: variants(nodes) { node in
                node.verification.map { verification in
                    let words =
                        switch verification.result {
                        case .holds: "healthy"
                        case .broken: "still broken"
                        case .behind: "mended, and now this shows"
                        case .inconclusive: "inconclusive"
                        }
                    return words + (verification.text.isEmpty ? "" : ": \(verification.text)")
                }
            },
            reasons: variants(nodes) { node in
                node.outcome.map { outcome -> [String] in
                    let standing = outcome.failedUndo.map { "Still changed: \($0.standing.joined(separator: ", "))." }
                    return [outcome.text, standing ?? "", outcome.hint ?? ""].filter { !$0.isEmpty }
                }
                .flatMap { $0.isEmpty ? nil : $0.joined(separator: " ") }
            })
    }

    /// What a step was planned to change.
    static func change(_ prediction: Prediction) -> String? {
        if let diff = prediction.diff, !diff.isEmpty {
            // Without the names of the files, which may hold the node's own and would keep equal changes apart.
            let lines = diff.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.filter { !$0.hasPrefix("--- ") && !$0.hasPrefix("+++ ") }.joined(separator: "\n")
        }
        switch (prediction.before, prediction.after) {
        case (let before?, let after?): return "\(before) → \(after)"
        case (nil, let after?): return "→ \(after)"
        case (let before?, nil): return "was \(before)"
        case (nil, nil): return nil
        }
    }

    /// The different texts, with the nodes that each is of.
    static func variants(
        _ nodes: [NodeProgress], _ text: (NodeProgress) -> String?
    ) -> [Variant] {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for node in nodes {
            guard let text = text(node), !text.isEmpty else { continue }
            if names[text] == nil { order.append(text) }
            names[text, default: []].append(node.name)
        }
        return order.map { Variant(nodes: NodeSet(names: names[$0] ?? []), text: $0) }
    }
}

extension Array {
    /// Nil where there is none.
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
