import ArgumentParser
import Controller
import Model

/// One command on many nodes.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run one command on many nodes; the same outputs are gathered under their node set.",
        discussion: """
            Every word after -- reaches the node as one word; for a pipe or a variable write sh -c '…'. It is audited. \
            --diff shows the outputs of most nodes whole, and of the others what differs from them.

            Examples:
              runbook exec --nodes 'gpu[01-32]' -- uptime
              runbook exec --nodes @compute --become -- systemctl is-active slurmd
              runbook exec --nodes @compute --diff -- cat /etc/resolv.conf
              runbook exec --nodes '@*' --output jsonl -- sh -c 'df -h / | tail -1'
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var reach: ReachOptions
    @Flag(name: [.customShort("b"), .long], help: "As the user that the inventory's become names.") var become = false
    @Flag(help: "The largest group of outputs whole, of the others what differs from it.") var diff = false
    @Argument(parsing: .postTerminator, help: "The command and its arguments.") var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("What is to be run? Put it after --, as in: -- uptime") }
        if diff, global.output != .text { throw ValidationError("--diff goes with --output text.") }
    }

    func run() async throws {
        let order = RunOrder(
            kind: .exec, selector: selection.nodes, previous: try selection.previous, expected: reach.expect,
            command: command, become: become)
        try await RunCommand(global, reach).run(order, isConfirmed: true, differences: diff)
    }
}
