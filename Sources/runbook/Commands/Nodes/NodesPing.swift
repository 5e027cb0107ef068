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
    @Argument(help: "Node set.", completion: .nodeSets) var set: String

    func run() async throws {
        let workspace = Workspace(try global.settings(reach: reach))
        let terminal = global.terminal
        let report = try await NodePing(workspace).ping(set, expected: reach.expect) {
            terminal.announce($0.nodes, warnings: $0.warnings)
        }
        let results = report.results
        let failed = results.filter { $0.error != nil }
        switch global.output {
        case .text:
            let well = NodeSet(names: results.filter { $0.error == nil }.map(\.node))
            if !well.isEmpty {
                terminal.result(terminal.style.green("\(well.folded): reachable (\(well.count.nodes()))"))
            }
            let recording = NodeSet(names: results.filter(\.recordsInput).map(\.node))
            if !recording.isEmpty {
                let text = "sudo records what it is given (log_input), so steps with secrets are refused"
                terminal.result(terminal.style.yellow("\(recording.folded): \(text) (\(recording.count.nodes()))"))
                terminal.result("     mend: set '!log_input' for the login user in the nodes' sudoers")
            }
            for result in failed {
                let text = SafeText(result.error?.description ?? "").singleLine
                terminal.result(terminal.style.red("\(result.node): \(text)"))
            }
        case .json, .jsonl: try terminal.result(results.map(\.object), as: global.output)
        }
        for notice in report.notices { terminal.note("warning: \(SafeText(notice).singleLine)") }
        if !failed.isEmpty { throw ExitCode(1) }
    }
}

extension NodePing.Result {
    fileprivate var object: ResultObject {
        ResultObject(
            "ping",
            [
                "node": node, "reachable": error == nil, "error": error?.description ?? "",
                "records_input": recordsInput,
            ])
    }
}
