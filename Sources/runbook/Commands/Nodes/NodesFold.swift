import ArgumentParser
import Controller
import Foundation
import Model

/// Pure syntax, as `nodeset -f`.
struct NodesFold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fold",
        abstract: "Print names as one folded node set.",
        discussion: """
            Without an argument the names are read from standard input.

            Examples:
              runbook nodes fold gpu01 gpu02 gpu03
              sinfo -h -N -t down -o %N | runbook nodes fold
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Names or node sets.") var names: [String] = []

    func run() async throws {
        let texts = names.isEmpty ? try Self.standardInput() : names
        let set = try await NodeSetArgument(texts, global).nodes
        switch global.output {
        case .text: global.terminal.result(set.folded)
        case .json, .jsonl:
            let keys: [String: Any] = ["nodes": set.folded, "count": set.count]
            try global.terminal.result(ResultObject(thing: "node_set", keys), as: global.output)
        }
    }

    private static func standardInput() throws -> [String] {
        let data = try FileHandle.standardInput.readToEnd() ?? Data()
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
