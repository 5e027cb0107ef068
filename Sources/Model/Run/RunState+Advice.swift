extension RunState {
    /// What persons have to do, each advice once with the nodes that it is for.
    package var advice: [(advice: Advice, nodes: NodeSet)] {
        var groups: [(advice: Advice, nodes: [String])] = []
        for name in targets {
            for advice in nodes[name]?.advice ?? [] {
                if let index = groups.firstIndex(where: { $0.advice == advice }) {
                    groups[index].nodes.append(name)
                } else {
                    groups.append((advice, [name]))
                }
            }
        }
        return groups.map { ($0.advice, NodeSet(names: $0.nodes)) }
    }
}
