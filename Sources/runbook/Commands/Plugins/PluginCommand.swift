import ArgumentParser
import Controller
import Model

/// Programs that extend this one.
struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "List the plugins; hold one against the protocol.",
        discussion: """
            Examples:
              runbook plugin list
              runbook plugin test Plugins/notify/webhook
            """,
        subcommands: [PluginList.self, PluginTest.self, PluginStep.self])
}

/// All plugins.
struct PluginList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plugins that have a manifest, and what is wrong with them.",
        discussion: """
            Example:
              runbook plugin list
            """)

    @OptionGroup var global: GlobalOptions

    private struct Listed: Encodable {
        var kind: String
        var name: String
        var summary: String
        var folder: String
        var problems: [String]
    }

    func run() async throws {
        let listed = PluginLibrary(try global.settings).entries().map { entry in
            Listed(
                kind: entry.kind.rawValue, name: entry.name, summary: entry.manifest?.summary ?? "",
                folder: entry.folder, problems: entry.problems.map(\.description))
        }
        switch global.output {
        case .text:
            var table = Table(["KIND", "NAME", "WHAT IT DOES"])
            for plugin in listed {
                let text = plugin.problems.isEmpty ? plugin.summary : "not used: \(plugin.problems[0])"
                table.add([plugin.kind, SafeText(plugin.name).singleLine, SafeText(text).singleLine])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: listed, of: "plugin", as: global.output)
        }
        if listed.contains(where: { !$0.problems.isEmpty }) { throw ExitCode(65) }
    }
}
