import ArgumentParser
import Controller
import Model

/// Messages on their way.
struct NotifyOutbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "List messages: on their way, sent, given up; the newest first.",
        discussion: """
            `runbook serve` and every run that tells somebody deliver what is due. Where neither runs, --deliver does it \
            once.

            Examples:
              runbook notify outbox
              runbook notify outbox --state failed
              runbook notify outbox --deliver
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only those that are waiting, sent or failed.") var state: OutboxRecord.State?
    @Option(help: "At most so many.") var limit = 30
    @Flag(help: "Try what is due now, and then list.") var deliver = false

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(deliver ? .export : .read)
        if deliver {
            let pass = try await NotificationDesk(workspace, journal).deliverDue()
            for text in pass.givenUp { global.terminal.note(SafeText(text).singleLine) }
            global.terminal.note(
                "\(pass.sent) sent, \(pass.postponed) to be tried again, \(pass.givenUp.count) given up.")
        }
        let messages = try await journal.outbox(state, limit: limit)
        try await journal.close()
        switch global.output {
        case .text:
            var table = Table(["TIME (UTC)", "RUN", "OCCASION", "RECEIVER", "STATE", "TRIES", "LAST ERROR"])
            for message in messages {
                table.add([
                    String(EventLine.timestamp(message.created).prefix(19)), message.run?.short ?? "",
                    message.occasion.key, SafeText(message.receiver).singleLine, message.state.rawValue,
                    String(message.attempts), SafeText(message.error).singleLine,
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: messages, of: "message", as: global.output)
        }
    }
}

extension OutboxRecord.State: ExpressibleByArgument {}
