import ArgumentParser
import Controller
import Model

/// One node, with everything resolved.
struct NodesShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a node as the inventory describes it, everything resolved.",
        discussion: """
            Example:
              runbook nodes show gpu07
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The node's name.", completion: .nodeSets) var name: String

    func run() async throws {
        let inventory = try await global.inventory()
        let names = try TargetSelection(inventory).nodes(name).names
        let nodes = names.compactMap { inventory.nodes[$0] }
        switch global.output {
        case .text: for node in nodes { global.terminal.result(try JSONOutput(encoding: node, pretty: true).text) }
        case .json where nodes.count == 1:
            try global.terminal.result(ResultObject(thing: "node", of: nodes[0]), as: global.output)
        case .json, .jsonl: try global.terminal.result(things: nodes, of: "node", as: global.output)
        }
    }
}
