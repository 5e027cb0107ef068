import ArgumentParser
import Controller
import Dispatch
import Foundation
import Glibc
import Model
import Relay

/// The service.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run jobs at their times, and go on with runs that wait for an approval or a change window.",
        discussion: """
            Works in the foreground until SIGTERM or Ctrl-C: then steps in progress finish, and runs are left so that the \
            next start goes on with them. A second signal ends the steps too. SIGHUP reads inventory and runbooks anew; \
            where they have a problem, what was read before is gone by. docs/schedules.md says how to install it.

            With a socket it also answers the command line of this machine's users, so that nobody but the service needs \
            the database, the keys or the inventory. Who may do what is in the access file. Their settings name the \
            socket: service: /run/runbook/socket in /etc/runbook/runbook.yaml.

            Examples:
              runbook serve --db /var/lib/runbook/runbook.db
              runbook serve --socket /run/runbook/socket
            """)

    @OptionGroup var global: GlobalOptions
    @Option(
        help: ArgumentHelp(
            "Answer the command line here, for the socket's group; else where the settings name a socket.",
            valueName: "path"))
    var socket: String?

    func run() async throws {
        let settings = try global.settings
        let (messages, continuation) = AsyncStream.makeStream(of: Service.Message.self)
        let sources = [(SIGTERM, Service.Message.stop), (SIGINT, .stop), (SIGHUP, .reload)].map { number, message in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(message) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        let service = Service(
            settings, hooks: .installed(settings), environment: ProcessInfo.processInfo.environment,
            report: { [global] text in Self.tell(text, global) })
        let relay = try (socket ?? settings.service).map { path in
            try RelayServer(
                at: path, program: try Self.program(),
                environment: settings.environment(over: ProcessInfo.processInfo.environment),
                report: { [global] text in Self.tell(text, global) })
        }
        relay?.start()
        defer { relay?.stop() }
        try await service.run(messages)
    }

    /// This program's file.
    private static func program() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func tell(_ text: String, _ global: GlobalOptions) {
        let line = SafeText(text).singleLine
        switch global.output {
        case .text: global.terminal.note(line)
        case .json, .jsonl:
            try? global.terminal.result(ResultObject("service", ["text": line]), as: .jsonl)
        }
    }
}
