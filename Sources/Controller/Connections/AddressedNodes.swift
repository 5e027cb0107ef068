import Model
import SSH

/// The nodes that a command without a run is about, checked before any of them is touched.
package struct AddressedNodes: Sendable {
    package let nodes: NodeSet
    /// What the operator has to know before anything begins.
    package internal(set) var warnings: [String]
    let inventory: Inventory

    /// Selects them among the inventory of `workspace`; `expected` is how many they have to be, `openFiles` how many
    /// files this process may have open.
    /// - Throws: `NodeSetError`, `RequestError`, or what is wrong with the inventory.
    init(
        _ selector: String, of workspace: Workspace, expected: Int?, openFiles: Int = FileLimit.raise()
    ) async throws {
        let (inventory, notices) = try await workspace.currentInventory()
        let nodes = try TargetSelection(inventory).nodes(selector)
        if let expected, expected != nodes.count { throw RequestError.unexpected(expected, nodes) }
        try Self.checkRoom(for: nodes, openFiles: openFiles)
        let targets = NodeTargets(settings: workspace.settings, inventory: inventory)
        self.nodes = nodes
        self.inventory = inventory
        warnings = notices
        warnings += targets.warnings(about: all)
    }

    /// Each of them, in node order.
    var all: [Node] { nodes.names.compactMap { inventory.nodes[$0] } }

    /// Refuses nodes that can't all be connected to at one time.
    static func checkRoom(for nodes: NodeSet, openFiles: Int = FileLimit.raise()) throws(RequestError) {
        do throws(SSHError) {
            try FileLimit.check(nodes: nodes.count, limit: openFiles)
        } catch {
            throw RequestError(.refused, error.description, hint: error.hint)
        }
    }
}
