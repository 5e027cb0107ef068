import ArgumentParser
import Controller
import Glibc

/// The command line's root.
@main
struct Runbook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runbook",
        abstract: "Put broken nodes right, many at once, and prove what was done.",
        discussion: """
            Examples:
              runbook apply gpu-driver-fix --nodes 'gpu[01-32]' --dry-run
              runbook apply gpu-driver-fix --nodes 'gpu[01-32]'
              runbook show last
              runbook rollback last

            Every command has --help with examples.

            Exit statuses:
              0   all well
              1   some nodes did not end well
              2   refused
              3   goes on without this process, or waits for an approval or a change window
              4   the selector: an unknown node or group, or no node
              64  usage
              65  a file is wrong
              70  the database, or a bug of this program
              74  the result could not be written
              130 interrupted
            """,
        version: ProgramVersion.text,
        groupedSubcommands: [
            CommandGroup(name: "Nodes", subcommands: [NodesCommand.self, ExecCommand.self]),
            CommandGroup(
                name: "Runbooks",
                subcommands: [
                    ListCommand.self, DescribeCommand.self, CasesCommand.self, LintCommand.self, NewCommand.self,
                    TestCommand.self, SchemaCommand.self,
                ]),
            CommandGroup(
                name: "Runs",
                subcommands: [
                    ApplyCommand.self, PlanCommand.self, DiagnoseCommand.self, RollbackCommand.self,
                    ResumeCommand.self, CancelCommand.self,
                ]),
            CommandGroup(
                name: "Change control",
                subcommands: [
                    ApprovalsCommand.self, ApproveCommand.self, DenyCommand.self, StandingCommand.self,
                    AccessCommand.self, WindowCommand.self, ScheduleCommand.self, NotifyCommand.self,
                    ServeCommand.self,
                ]),
            CommandGroup(
                name: "History",
                subcommands: [
                    RunsCommand.self, ShowCommand.self, ReportCommand.self, LogsCommand.self, AuditCommand.self,
                    MetricsCommand.self,
                ]),
            CommandGroup(
                name: "This installation",
                subcommands: [
                    PluginCommand.self, DatabaseCommand.self, DoctorCommand.self, CompletionsCommand.self,
                    VersionCommand.self,
                ]),
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        CoreDumps.forbid()
        DetachedSide.current?.leaveTerminal()
        do {
            try MistypedCommand.check(CommandLine.arguments.dropFirst(), root: Runbook.self)
            var command = try parseAsRoot()
            try Serving.hand(over: command)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Terminal.checkResult()
        } catch {
            CommandFailure(error).exit()
        }
    }
}
