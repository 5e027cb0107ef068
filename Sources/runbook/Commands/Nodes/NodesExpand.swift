import ArgumentParser
import Controller
import Glibc
import Model

/// Pure syntax, as `nodeset -e`.
struct NodesExpand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expand",
        abstract: "Print the names of a node set, one a line.",
        discussion: """
            No inventory is needed unless the set names groups, labels or wildcards.

            Examples:
              runbook nodes expand 'gpu[01-03,07]'
              runbook nodes expand -S ' ' 'rack[1-2]n[01-04/2]'
            """)

    @OptionGroup var global: GlobalOptions
    @Option(name: [.customShort("S"), .long], help: "What stands between two names.")
    var separator = "\n"
    @Argument(help: "Node set; several are united.", completion: .nodeSets) var sets: [String]

    func run() async throws {
        let names = try await NodeSetArgument(sets, global).nodes.names
        switch global.output {
        // The separator is the caller's own, whatever it is.
        case .text: if !names.isEmpty { Terminal.write(names.joined(separator: separator) + "\n", to: STDOUT_FILENO) }
        case .json: global.terminal.result(try JSONOutput(names).text)
        case .jsonl:
            try global.terminal.result(names.map { ResultObject(thing: "node_name", ["node": $0]) }, as: global.output)
        }
    }
}
