import ArgumentParser
import Controller
import Model

/// The inventory's groups and roles.
struct NodesGroups: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups",
        abstract: "List groups and roles with their nodes.",
        discussion: """
            Example:
              runbook nodes groups
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Only their names.") var names = false

    func run() async throws {
        let inventory = try await global.inventory()
        let groups = inventory.groups.map { ("@" + $0.key, $0.value) }.sorted { $0.0 < $1.0 }
        let roles = inventory.roles.map { ("role:" + $0.key, $0.value) }.sorted { $0.0 < $1.0 }
        switch global.output {
        case .text where names: for (name, _) in groups { global.terminal.result(name) }
        case .text:
            var table = Table(["GROUP", "COUNT", "NODES"], rightAligned: [1])
            for (name, nodes) in groups + roles { table.add([name, String(nodes.count), nodes.folded]) }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl:
            let objects = (groups + roles).map { name, nodes in
                ResultObject(thing: "group", ["group": name, "nodes": nodes.folded, "count": nodes.count])
            }
            try global.terminal.result(objects, as: global.output)
        }
    }
}
