import ArgumentParser
import Controller

/// Goes on with an interrupted run.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run whose controller was interrupted.",
        discussion: """
            Steps that were running are taken up where they are, from what the nodes and the journal know. No step is \
            started twice: where it can't be told whether one ran, the runbook's verify decides.

            Example:
              runbook resume last
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reach: ReachOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String

    func run() async throws {
        try await RunCommand(global, reach).resume(runName, expected: reach.expect)
    }
}
