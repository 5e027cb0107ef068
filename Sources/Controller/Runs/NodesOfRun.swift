import Model

/// Among the nodes of one run: of a group those that the run was about, of all nodes the run's.
private struct NodesOfRun: NodeSetResolver {
    let allNodes: NodeSet
    let inventory: Inventory

    func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet {
        if name == "*", source == nil { return allNodes }
        return try inventory.members(ofGroup: name, source: source).intersection(allNodes)
    }
}

extension Workspace {
    /// Those nodes of the run named `name` that `selector` means; groups are those of the inventory as it is now. Nil
    /// without a selector.
    /// - Throws: `RequestError` for a node that the run was not about and where none is left, `NodeSetError`,
    ///   `JournalError` for a run that does not exist, and what reading the inventory throws.
    package func nodes(
        _ selector: String?, ofRun name: String, in journal: any JournalStore
    ) async throws -> NodeSet? {
        guard let selector else { return nil }
        let run = try await journal.run(named: name).id
        let targets = NodeSet(names: try await journal.targets(of: run).map(\.node))
        let inventory = try await selector.contains("@") ? self.inventory() : Inventory()
        let chosen = try NodeSet(
            parsing: selector, resolver: NodesOfRun(allNodes: targets, inventory: inventory))
        let strangers = chosen.subtracting(targets)
        guard strangers.isEmpty, !chosen.isEmpty else {
            throw RequestError(
                .selector, "Run \(run.short) was not about \(strangers.isEmpty ? selector : strangers.folded).",
                hint: "It was about \(targets.folded).")
        }
        return chosen
    }
}
