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
        if try await RunService(workspace, journal: journal).endWaiting(summary) {
            global.terminal.note("Run \(summary.id.short) waited; it has ended, and nothing was changed.")
        } else {
            try RunCancellation(workspace.settings).request(summary.id, now: now)
            global.terminal.note(
                "Run \(summary.id.short) is asked to stop. Follow it with: runbook show \(summary.id.short)")
        }
        try await journal.close()
    }
}
