import ArgumentParser
import Controller
import Model

/// Whether nodes can be worked on.
struct NodesPing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Connect, log in and greet the supervisor on nodes; change nothing.",
        discussion: """
            Example:
              runbook nodes ping @compute
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reach: ReachOptions
    @Argument(help: "Node set.") var set: String

    func run() async throws {
        let workspace = Workspace(try global.settings(reach: reach))
        let results = try await NodePing(workspace).ping(set, expected: reach.expect)
        let failed = results.filter { $0.error != nil }
        switch global.output {
        case .text:
            let well = NodeSet(names: results.filter { $0.error == nil }.map(\.node))
            if !well.isEmpty {
                global.terminal.result(global.terminal.style.green("\(well.folded): reachable (\(well.count.nodes()))"))
            }
            for result in failed {
                global.terminal.result(
                    global.terminal.style.red("\(result.node): \(SafeText(result.error?.description ?? "").singleLine)")
                )
            }
        case .json: global.terminal.result(try JSONOutput(results.map(\.object), pretty: true).text)
        case .jsonl: for result in results { global.terminal.result(try JSONOutput(result.object).text) }
        }
        if !failed.isEmpty { throw ExitCode(1) }
    }
}

extension NodePing.Result {
    fileprivate var object: [String: Any] {
        ["node": node, "reachable": error == nil, "error": error?.description ?? ""]
    }
}
