import ArgumentParser
import Controller
import Model

/// The runbooks there are.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List runbooks.",
        discussion: """
            Examples:
              runbook list
              runbook list --tag gpu
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only with this tag.") var tag: String?
    @Flag(help: "Only their names.") var names = false
    @Flag(help: "As a page, with a link to each runbook's own.") var markdown = false

    func run() async throws {
        let runbooks = try Workspace(global.settings).runbooks()
            .filter { runbook in tag.map { runbook.tags.contains($0) } ?? true }
            .sorted { $0.name < $1.name }
        switch global.output {
        case .text where names: for runbook in runbooks { global.terminal.result(runbook.name) }
        case .text where markdown:
            for line in RunbookListPage(runbooks: runbooks).lines { global.terminal.result(line) }
        case .text:
            var table = Table(["NAME", "VERSION", "TARGETS", "TITLE"])
            for runbook in runbooks {
                table.add([runbook.name, String(runbook.version), runbook.targets.text, runbook.title])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl:
            let objects = runbooks.map { ResultObject(thing: "runbook", $0.summary) }
            try global.terminal.result(objects, as: global.output)
        }
    }
}

extension Targets {
    /// As the runbook has it.
    var text: String {
        switch self {
        case .nodes(let selector): selector
        case .controller: "controller"
        }
    }
}

extension Model.Runbook {
    /// What lists say of it.
    var summary: [String: Any] {
        [
            "name": name, "version": version, "title": title, "targets": targets.text, "tags": tags,
            "case": supportCase ?? "", "covers": covers,
        ]
    }
}
