import ArgumentParser
import Controller
import Model

/// Who is told of runs.
struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "List who is told of runs, send a test, look at messages on their way.",
        discussion: """
            Examples:
              runbook notify list
              runbook notify test ops-pager
              runbook notify outbox --state failed
            """,
        subcommands: [NotifyList.self, NotifyTest.self, NotifyOutbox.self])
}

/// All receivers.
struct NotifyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the receivers that the inventory declares.",
        discussion: """
            Example:
              runbook notify list
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        try await journal.close()
        let receivers = try workspace.receiverOverviews()
        switch global.output {
        case .text:
            var table = Table(["NAME", "PLUGIN", "SETTINGS"])
            for receiver in receivers {
                let settings = receiver.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                table.add([
                    receiver.name, receiver.plugin, SafeText(settings.joined(separator: " ")).singleLine,
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: receivers, of: "receiver", as: global.output)
        }
    }
}

/// A message that says that it is a test.
struct NotifyTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a message that says that it is a test to a receiver, now.",
        discussion: """
            Example:
              runbook notify test ops-pager
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The receiver's name.") var name: String

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.export)
        try await NotificationDesk(workspace, journal).test(name, by: RunService.requester)
        try await journal.close()
        switch global.output {
        case .text: global.terminal.note("\(name) has taken the message.")
        case .json, .jsonl:
            try global.terminal.result(ResultObject("message_sent", ["receiver": name]), as: global.output)
        }
    }
}
