import ArgumentParser
import Controller
import Model

/// One run.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run: who asked for what, the plan, what happened on each node.",
        discussion: """
            Examples:
              runbook show last
              runbook show 3f9c12ab --nodes gpu07
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(
        name: [.short, .long], help: ArgumentHelp("Only these nodes, step by step.", valueName: "set"),
        completion: .nodeSets)
    var nodes: String?

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read, run: runName)
        let record = try await RunRecord(runName, in: journal)
        let lastLines = try await journal.lastLines(record.state)
        let result = RunResultObject(
            state: record.state, lastLines: lastLines, isInterrupted: record.phase == .interrupted,
            undone: record.undone)
        let chosen = try await workspace.nodes(nodes, ofRun: record.id.description, in: journal)
        switch global.output {
        case .text:
            let text = RunRecordText(record: record, style: global.terminal.style, lastLines: lastLines)
            for line in text.lines(nodes: chosen) { global.terminal.result(line) }
        case .json: global.terminal.result(try JSONOutput(result.document(), pretty: true).text)
        case .jsonl:
            for event in record.events { global.terminal.result(try EventLine(event).json) }
            global.terminal.result(try result.summary(of: record.id))
        }
        try await journal.close()
    }
}
