import ArgumentParser
import Controller
import Model

/// Asks a running run to stop.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ask a run that goes on to stop: steps in progress finish, nothing new is started.",
        discussion: """
            Examples:
              runbook cancel last
              runbook cancel 3f9c12ab --now
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Flag(help: "End the steps in progress too.") var now = false

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        let summary = try await journal.run(named: runName)
        try await AccessGuard(workspace, journal).require(summary.kind == .rollback ? .rollback : .apply, run: runName)
        let hasEnded = try await RunService(workspace, journal: journal).cancel(summary, now: now)
        try await journal.close()
        try tell(summary.id, hasEnded: hasEnded)
    }

    private func tell(_ run: RunID, hasEnded: Bool) throws {
        switch global.output {
        case .text where hasEnded:
            global.terminal.note("Run \(run.short) waited; it has ended, and nothing was changed.")
        case .text:
            global.terminal.note("Run \(run.short) is asked to stop. Follow it with: runbook show \(run.short)")
        case .json, .jsonl:
            let type = hasEnded ? "run_cancelled" : "cancel_requested"
            try global.terminal.result(
                ResultObject(type, ["run": run.description, "now": now]), as: global.output)
        }
    }
}
