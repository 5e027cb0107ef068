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
              runbook report last --output json
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(
        name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("Where to write it.", valueName: "file"),
        completion: .file())
    var file: String?

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read, run: runName)
        let record = try await RunRecord(runName, in: journal)
        let reader = try await LogReader(record.id.description, nodes: nil, step: nil, journal: journal)
        let lines = try await lines(record, try await journal.plan(of: record.id), reader)
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

    private func lines(_ record: RunRecord, _ plan: StoredPlan?, _ reader: LogReader) async throws -> [String] {
        switch global.output {
        case .text: try await text(record, plan, reader)
        case .json:
            [
                try JSONOutput(
                    [
                        "run": try JSONOutput.object(record.state),
                        "plan": try plan.map { try JSONOutput.object($0.plan) } ?? NSNull(),
                        "plan_digest": plan?.digest ?? NSNull(),
                        "outputs": try await reader.jsonObjects(try await reader.records()),
                    ] as [String: Any], pretty: true
                ).text
            ]
        case .jsonl:
            try record.events.map { try EventLine($0).json } + (try await reader.jsonLines())
                + [try EventLine.summary(of: record.state, run: record.id)]
        }
    }

    private func text(_ record: RunRecord, _ plan: StoredPlan?, _ reader: LogReader) async throws -> [String] {
        let style = file == nil ? global.terminal.style : .plain
        let text = RunRecordText(record: record, style: style)
        return text.lines(nodes: nil)
            + (plan.map { PlanText(plan: $0.plan, digest: $0.digest, style: style).lines } ?? [])
            + text.lines(nodes: NodeSet(names: record.state.targets)) + ["", style.bold("Outputs")]
            + (try await reader.gathered(style: style))
    }
}
