import Model

/// The nodes that an operator means, and nothing else: never "everything", never silence.
package struct TargetSelection: Sendable {
    private let inventory: Inventory

    /// Selects among `inventory`'s nodes.
    package init(_ inventory: Inventory) { self.inventory = inventory }

    /// The nodes that `selector` names.
    /// - Throws: `NodeSetError`, also for an unknown node or a selector that matches nothing.
    package func nodes(_ selector: String) throws -> NodeSet {
        try NodeSet(selecting: selector, from: inventory)
    }

    /// `selector` (nil: all that the runbook is for), held against the runbook's own targets.
    /// - Throws: `RequestError` when it names nodes that the runbook is not for.
    package func nodes(_ selector: String?, within targets: Targets, of runbook: String) throws -> NodeSet {
        guard case .nodes(let widest) = targets else {
            guard selector == nil else {
                throw RequestError(
                    .usage, "Runbook '\(runbook)' works on the controller itself.", hint: "Leave --nodes out.")
            }
            return NodeSet(names: ["controller"])
        }
        guard let selector else {
            throw RequestError(
                .usage, "Which nodes? Nothing is applied to everything unasked.",
                hint: "Add --nodes '\(widest)' for all that '\(runbook)' is for.")
        }
        let set = try nodes(selector)
        let outside = set.subtracting(try nodes(widest))
        guard outside.isEmpty else {
            throw RequestError(
                .selector, "Runbook '\(runbook)' is for \(widest) and not for \(outside.folded).",
                hint: "Its 'targets:' may be narrowed by --nodes, never widened.")
        }
        return set
    }
}
