/// Nodes of a run that a rollback of it has touched since: what the run knows of them is not so any more, and it can't go
/// on with them.
package struct UndoneNodes: Sendable, Hashable {
    /// The last rollback that touched a node.
    package struct Undo: Sendable, Hashable {
        package var rollback: RunID
        /// Whether nothing is left to undo there.
        package var isWhole: Bool
    }

    private var undos: [String: Undo] = [:]

    /// None.
    package init() {}

    /// Those of `run`, whose nodes `later` runs have touched; `rollbacks` are its rollbacks among them, as far as their
    /// events are kept.
    package init(of run: RunID, later: [LaterRun], rollbacks: [RunState]) {
        var states: [RunID: RunState] = [:]
        for state in rollbacks {
            if let id = state.header?.id { states[id] = state }
        }
        let own = later.filter { $0.kind == .rollback && $0.parent == run }
        for undo in own.sorted(by: { $0.time < $1.time }) {
            let outcome = states[undo.run]?.nodes[undo.node]?.outcome?.outcome
            undos[undo.node] = Undo(rollback: undo.run, isWhole: outcome == .rolledBack || outcome == .healthy)
        }
    }

    /// What was undone on a node; nil where nothing was.
    package subscript(node: String) -> Undo? { undos[node] }

    /// `nodes` by the rollback that touched them last, in their order, the rollback of the first one first; without those
    /// that none did.
    package func groups(of nodes: [String]) -> [(rollback: RunID, nodes: [String])] {
        var groups: [(rollback: RunID, nodes: [String])] = []
        for node in nodes {
            guard let rollback = undos[node]?.rollback else { continue }
            if let place = groups.firstIndex(where: { $0.rollback == rollback }) {
                groups[place].nodes.append(node)
            } else {
                groups.append((rollback, [node]))
            }
        }
        return groups
    }
}
