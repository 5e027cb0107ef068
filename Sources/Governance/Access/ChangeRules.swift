import Model

/// The change rules of a site.
package struct ChangeRules: Sendable {
    private let rules: [ChangeRule]
    /// The nodes of each rule that names some.
    private let nodes: [NodeSet?]

    /// Takes the rules with their node sets, which `resolve` knows.
    package init(_ rules: [ChangeRule], resolve: (ChangeRule, String) throws -> NodeSet) rethrows {
        self.rules = rules
        nodes = try rules.map { rule in try rule.nodes.map { try resolve(rule, $0) } }
    }

    /// Those that hold for a run of `runbook` on `set`, in their order; nil: on whatever nodes.
    package func holding(for runbook: String, on set: NodeSet?) -> [ChangeRule] {
        zip(rules, nodes).filter { rule, ruleNodes in
            guard PatternList.fits(rule.runbooks, runbook) else { return false }
            guard let set, let ruleNodes else { return true }
            return !ruleNodes.intersection(set).isEmpty
        }.map(\.0)
    }
}

extension PatternList {
    /// Whether `runbook` fits one of `patterns`; without patterns any does, and without a runbook none.
    static func fits(_ patterns: [String], _ runbook: String?) -> Bool {
        if patterns.isEmpty { return true }
        guard let runbook, !runbook.isEmpty else { return false }
        return patterns.contains { PatternList($0).matches(runbook) }
    }
}
