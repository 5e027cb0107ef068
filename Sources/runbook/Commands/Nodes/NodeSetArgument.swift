import Controller
import Model

/// Node-set words of a command line, united. The inventory is only read when one of them needs it.
struct NodeSetArgument {
    let nodes: NodeSet

    init(_ words: [String], _ global: GlobalOptions) async throws {
        let needsInventory = words.contains { $0.contains(where: { "@*?".contains($0) }) }
        let inventory = needsInventory ? try await global.inventory() : nil
        var nodes = NodeSet()
        for word in words { nodes.formUnion(try NodeSet(parsing: word, resolver: inventory)) }
        self.nodes = nodes
    }
}
