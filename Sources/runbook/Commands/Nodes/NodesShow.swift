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
    @Argument(help: "The node's name.") var name: String

    func run() async throws {
        let inventory = try await global.inventory()
        let names = try TargetSelection(inventory).nodes(name).names
        let nodes = names.compactMap { inventory.nodes[$0] }
        switch global.output {
        case .json where nodes.count > 1:
            global.terminal.result(try JSONOutput(encoding: nodes, pretty: true).text)
        case .text, .json, .jsonl:
            for node in nodes {
                global.terminal.result(try JSONOutput(encoding: node, pretty: global.output != .jsonl).text)
            }
        }
    }
}
