import ArgumentParser
import Controller
import Model

/// What the inventory holds.
struct NodesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List nodes of the inventory.",
        discussion: """
            Examples:
              runbook nodes list
              runbook nodes list '@gpu&@rack:r1'
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Node set; all nodes without one.", completion: .nodeSets) var set = "@*"

    func run() async throws {
        let inventory = try await global.inventory()
        let nodes = try TargetSelection(inventory).nodes(set).names.compactMap { inventory.nodes[$0] }
        switch global.output {
        case .text:
            var table = Table(["NODE", "ADDRESS", "GROUPS", "LABELS"])
            for node in nodes {
                table.add([
                    node.name, node.connection.address ?? node.name, node.groups.joined(separator: ","),
                    node.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
            global.terminal.note("\(NodeSet(names: nodes.map(\.name)).folded) (\(nodes.count.nodes()))")
        case .json, .jsonl: try global.terminal.result(things: nodes, of: "node", as: global.output)
        }
    }
}
