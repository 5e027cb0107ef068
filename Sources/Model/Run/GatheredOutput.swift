/// Outputs of many nodes, the same ones under their folded node set, as `clush -b` shows them.
package struct GatheredOutput: Sendable {
    /// The same bytes from these nodes.
    package struct Group: Sendable, Hashable {
        package var nodes: NodeSet
        package var bytes: [UInt8]
    }

    private var nodes: [[UInt8]: [String]] = [:]
    private var order: [[UInt8]] = []

    package init() {}

    /// Takes a node's output in. Equal outputs are kept once.
    package mutating func add(_ bytes: [UInt8], from node: String) {
        if nodes[bytes, default: []].isEmpty { order.append(bytes) }
        nodes[bytes, default: []].append(node)
    }

    /// The largest groups first, then in the order in which they came.
    package var groups: [Group] {
        order.enumerated()
            .map { (index: $0.offset, group: Group(nodes: NodeSet(names: nodes[$0.element] ?? []), bytes: $0.element)) }
            .sorted { ($1.group.nodes.count, $0.index) < ($0.group.nodes.count, $1.index) }
            .map(\.group)
    }
}
