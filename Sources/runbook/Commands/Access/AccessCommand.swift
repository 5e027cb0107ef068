import ArgumentParser
import Controller
import Model

/// Who may do what.
struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Find out who may do what, and by which line of the access file.",
        subcommands: [AccessCheck.self])
}

/// One question.
struct AccessCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a Unix user may do something, and which rule decides.",
        discussion: """
            Exit status 0 if all of it is allowed, 2 if not. Actions: apply, approve, deny, exec, schedule, read, export, \
            break_glass, rollback, diagnose, maintain.

            Examples:
              runbook access check alice apply --runbook gpu-driver-fix --nodes 'gpu[01-32]'
              runbook access check bob exec --nodes @login
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "A Unix user, by name or number.") var user: String
    @Argument(help: "What they want to do.") var action: AccessAction
    @Option(help: "With this runbook.") var runbook: String?
    @Option(name: [.short, .long], help: ArgumentHelp("On these nodes.", valueName: "set")) var nodes: String?

    func run() async throws {
        let answer = try await AccessAnswer(
            Workspace(global.settings), user: user, action: action, runbook: runbook, nodes: nodes)
        switch global.output {
        case .text:
            for line in answer.explanation { global.terminal.result(SafeText(line).singleLine) }
        case .json, .jsonl:
            try global.terminal.result(ResultObject(thing: "access", of: answer), as: global.output)
        }
        if !answer.isAllowed { throw ExitCode(2) }
    }
}

extension AccessAction: ExpressibleByArgument {}
