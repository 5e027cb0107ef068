import ArgumentParser
import Controller
import Foundation
import Model

/// A run as a document.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a run's report: request, plan, what happened on each node, outputs of what failed.",
        discussion: """
            Examples:
              runbook report last
              runbook report 3f9c12ab -o change-4711.txt
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run")) var runName:
        String
    @Option(
        name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("Where to write it.", valueName: "file"),
        completion: .file())
    var file: String?

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read, run: runName)
        let record = try await RunRecord(runName, in: journal)
        let style = file == nil ? global.terminal.style : .plain
        var lines = RunRecordText(record: record, style: style).lines(nodes: nil)
        if let stored = try await journal.plan(of: record.id) {
            lines += PlanText(plan: stored.plan, digest: stored.digest, style: style).lines
        }
        lines += RunRecordText(record: record, style: style).lines(nodes: NodeSet(names: record.state.targets))
        let reader = try await LogReader(record.id.description, nodes: nil, step: nil, journal: journal)
        lines += ["", style.bold("Outputs")] + (try await reader.gathered(style: style))
        try await reader.audit()
        if let file {
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: file), options: .atomic)
            global.terminal.note("The report is in \(file).")
        } else {
            for line in lines { global.terminal.result(line) }
        }
        try await journal.close()
    }
}
