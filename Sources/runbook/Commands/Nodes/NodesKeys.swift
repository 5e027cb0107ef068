import ArgumentParser
import Controller
import Model

/// Host keys.
struct NodesKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Accept or forget host keys of nodes.",
        subcommands: [NodesKeysAccept.self, NodesKeysForget.self])
}

/// Records the keys that nodes present now.
struct NodesKeysAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract:
            "Record the host keys that nodes present now. Compare the fingerprints with the nodes' consoles first.",
        discussion: """
            A key that differs from a recorded one is refused: forget that first, if the node was reinstalled.

            Example:
              runbook nodes keys accept 'gpu[01-32]'
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var room: FanoutOptions
    @OptionGroup var number: ExpectOptions
    @Argument(help: "Node set.", completion: .nodeSets) var set: String

    func run() async throws {
        let workspace = Workspace(try global.settings(fanout: room))
        let terminal = global.terminal
        let results = try await HostKeyCare(workspace).accept(set, expected: number.expect) {
            terminal.announce($0.nodes, warnings: $0.warnings)
        }
        try terminal.show(results, as: global.output)
        if results.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }
}

/// Removes recorded keys.
struct NodesKeysForget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove the recorded host keys of nodes, as after a reinstallation.",
        discussion: """
            Example:
              runbook nodes keys forget gpu07
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var number: ExpectOptions
    @Argument(help: "Node set.", completion: .nodeSets) var set: String

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let terminal = global.terminal
        let results = try await HostKeyCare(workspace).forget(set, expected: number.expect) {
            terminal.announce($0.nodes, warnings: $0.warnings)
        }
        try terminal.show(results, as: global.output)
    }
}

extension Terminal {
    /// What became of nodes' host keys.
    fileprivate func show(_ results: [HostKeyCare.Result], as format: OutputFormat) throws {
        switch format {
        case .text: for item in results { result("\(item.node): \(SafeText(item.text).singleLine)") }
        case .json, .jsonl:
            let objects = results.map { item in
                ResultObject("host_key", ["node": item.node, "is_good": item.isGood, "text": item.text])
            }
            try result(objects, as: format)
        }
    }
}
