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
        let plan = try await journal.plan(of: record.id)
        // Ahead of it: whoever reads may leave in the middle.
        try await reader.audit()
        if let file {
            let draft = try DraftFile(file)
            do {
                try await write(record, plan, reader) { try draft.write($0 + "\n") }
                try draft.keep()
            } catch {
                draft.discard()
                throw error
            }
            global.terminal.note("The report is in \(file).")
        } else {
            let terminal = global.terminal
            try await write(record, plan, reader) { terminal.result($0) }
        }
        try await journal.close()
    }

    private func write(
        _ record: RunRecord, _ plan: StoredPlan?, _ reader: LogReader, to show: (String) throws -> Void
    ) async throws {
        switch global.output {
        case .text:
            let style = file == nil ? global.terminal.style : .plain
            for line in text(record, plan, style) { try show(line) }
            try await reader.showGathered(style: style, differences: false, to: show)
        case .json:
            let fields: [String: Any] = [
                "run": try await result(of: record, reader).document(),
                "plan": try plan.map { try JSONOutput.object($0.plan) } ?? NSNull(),
                "plan_digest": plan?.digest ?? NSNull(),
            ]
            try await reader.showJSONDocument(of: fields, to: show)
        case .jsonl:
            for event in record.events { try show(try EventLine(event).json) }
            try await reader.showJSONLines(to: show)
            try show(try await result(of: record, reader).summary(of: record.id))
        }
    }

    private func result(of record: RunRecord, _ reader: LogReader) async throws -> RunResultObject {
        RunResultObject(
            state: record.state, lastLines: try await reader.lastLines(record.state),
            isInterrupted: record.phase == .interrupted, undone: record.undone)
    }

    private func text(_ record: RunRecord, _ plan: StoredPlan?, _ style: Style) -> [String] {
        let text = RunRecordText(record: record, style: style)
        return text.lines(nodes: nil)
            + (plan.map { PlanText(plan: $0.plan, digest: $0.digest, style: style).lines } ?? [])
            + text.lines(nodes: NodeSet(names: record.state.targets)) + ["", style.bold("Outputs")]
    }
}
