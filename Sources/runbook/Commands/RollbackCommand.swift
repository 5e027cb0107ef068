import ArgumentParser
import Controller
import Model

/// Undoes a finished run.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Put back what a finished run changed, from the states that it captured.",
        discussion: """
            Steps are undone backwards, node by node. What is irreversible is passed over and named. It refuses where \
            another run has touched the same node since, unless --force is given. Where an earlier rollback of the run \
            failed, it goes on from there.

            Examples:
              runbook rollback last
              runbook rollback 3f9c12ab --nodes gpu07 --yes
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reach: ReachOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(
        name: [.short, .long], help: ArgumentHelp("Only these nodes of the run.", valueName: "set"),
        completion: .nodeSets)
    var nodes: String?
    @Flag(help: "Also where another run has touched the node since.") var force = false
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.") var yes = false

    func run() async throws {
        try await RunCommand(global, reach).rollback(
            runName, nodes: nodes, expected: reach.expect, force: force, isConfirmed: yes)
    }
}
