/// What many nodes have, the same once under its folded node set, as `clush -b` shows outputs.
package struct GatheredOutput<Content: Sendable & Hashable>: Sendable {
    /// The same content from these nodes.
    package struct Group: Sendable, Hashable {
        package var nodes: NodeSet
        package var content: Content

        package init(nodes: NodeSet, content: Content) {
            self.nodes = nodes
            self.content = content
        }
    }

    private var nodes: [Content: [String]] = [:]
    private var order: [Content] = []

    package init() {}

    /// Takes in what a node has. Of equal contents the first one is kept.
    package mutating func add(_ content: Content, from node: String) {
        if nodes[content, default: []].isEmpty { order.append(content) }
        nodes[content, default: []].append(node)
    }

    /// The largest groups first, then in the order in which they came.
    package var groups: [Group] {
        order.enumerated()
            .map { index, content in
                (index: index, group: Group(nodes: NodeSet(names: nodes[content] ?? []), content: content))
            }
            .sorted { ($1.group.nodes.count, $0.index) < ($0.group.nodes.count, $1.index) }
            .map(\.group)
    }
}
