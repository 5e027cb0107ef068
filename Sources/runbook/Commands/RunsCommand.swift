import ArgumentParser
import Controller
import Model

/// The history of runs.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs, the newest first.",
        discussion: """
            Examples:
              runbook runs
              runbook runs --runbook gpu-driver-fix --node gpu07 --limit 5
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only of this runbook.") var runbook: String?
    @Option(help: "Only that had this node among their targets.") var node: String?
    @Option(help: "Only of this user.") var user: String?
    @Option(help: "At most so many.") var limit = 30

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        let runs = try await AccessGuard(workspace, journal).readable(
            try await journal.runs(RunFilter(runbook: runbook, user: user, node: node, limit: limit)))
        switch global.output {
        case .text:
            var table = Table(["RUN", "STARTED (UTC)", "KIND", "RUNBOOK", "BY", "NODES", "STATE", "RESULT"])
            for run in runs {
                table.add([
                    run.id.short, String(EventLine.timestamp(run.started).prefix(19)), run.kind.rawValue, run.runbook,
                    run.requester.user, run.targets, run.phase.rawValue, Self.counts(run.counts),
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json: global.terminal.result(try JSONOutput(encoding: runs, pretty: true).text)
        case .jsonl: for run in runs { global.terminal.result(try JSONOutput(encoding: run).text) }
        }
        try await journal.close()
    }

    static func counts(_ counts: [OutcomeClass: Int]) -> String {
        OutcomeClass.allCases.compactMap { outcome in counts[outcome].map { "\($0) \(outcome.rawValue)" } }
            .joined(separator: ", ")
    }
}
