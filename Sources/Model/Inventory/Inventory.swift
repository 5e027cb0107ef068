/// The cluster as its inventory describes it: nodes, groups, roles, all resolved.
package struct Inventory: Sendable, Hashable {
    /// Nodes by name.
    package let nodes: [String: Node]
    /// Groups by name, as sets of node names.
    package let groups: [String: NodeSet]
    /// Role hosts by role.
    package let roles: [String: NodeSet]
    /// Every node.
    package let allNodes: NodeSet

    package init(nodes: [String: Node] = [:], groups: [String: NodeSet] = [:], roles: [String: NodeSet] = [:]) {
        self.nodes = nodes
        self.groups = groups
        self.roles = roles
        allNodes = NodeSet(names: nodes.keys)
    }
}

extension Inventory: NodeSetResolver {
    /// `@gpu` a group, `@rack:r1` the nodes with a label of that value, `@rack:*` those with any, `@role:mds` the
    /// hosts of a role, `@*` all nodes.
    package func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet {
        guard let source else {
            if name == "*" { return allNodes }
            if let members = groups[name] { return members }
            throw .unknownGroup(name, source: nil, near: near(name, among: groups.keys))
        }
        if source == "role", !hasLabel("role") {
            if name == "*" { return NodeSet(joining: roles.values) }
            if let hosts = roles[name] { return hosts }
            throw .unknownGroup(name, source: source, near: near(name, among: roles.keys))
        }
        let labelled = nodes.values.filter { $0.labels[source] != nil }
        let found = name == "*" ? labelled : labelled.filter { $0.labels[source] == name }
        guard found.isEmpty else { return NodeSet(names: found.map(\.name)) }
        throw .unknownGroup(
            name, source: source, near: near(name, among: Set(labelled.compactMap { $0.labels[source] })))
    }

    private func hasLabel(_ label: String) -> Bool { nodes.values.contains { $0.labels[label] != nil } }

    private func near(_ name: String, among names: some Sequence<String>) -> [String] {
        Spelling.nearest(to: name, among: names.sorted()).map { [$0] } ?? []
    }
}
