/// The cluster as its inventory describes it: nodes, groups, roles, all resolved.
package struct Inventory: Sendable, Hashable {
    /// Nodes by name.
    package var nodes: [String: Node]
    /// Groups by name, as sets of node names.
    package var groups: [String: NodeSet]
    /// Role hosts by role.
    package var roles: [String: NodeSet]

    package init(nodes: [String: Node] = [:], groups: [String: NodeSet] = [:], roles: [String: NodeSet] = [:]) {
        self.nodes = nodes
        self.groups = groups
        self.roles = roles
    }
}
