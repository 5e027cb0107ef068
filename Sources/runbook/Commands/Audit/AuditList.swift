import ArgumentParser
import Controller
import Model

/// Audit records.
struct AuditList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List audit records, the newest last.",
        discussion: """
            With --output jsonl each record is one line of the very bytes that are hashed.

            Examples:
              runbook audit list --run last
              runbook audit list --nodes gpu07 --since 24h
              runbook audit list --nodes @rack:r1
              runbook audit list --user alice --output jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var chosen: AuditSelectionOptions
    @Option(help: "At most so many.") var limit = 100

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let records = try await AuditReader(try await chosen.selection(global), in: journal).newest(limit)
        switch global.output {
        case .text:
            var table = Table(["NO", "TIME (UTC)", "BY", "ACTION", "RUN", "NODES", "OUTCOME"], rightAligned: [0])
            for record in records {
                table.add([
                    String(record.sequence), UTCText.seconds(record.time), record.entry.actor.user,
                    record.entry.action.rawValue, record.entry.run?.short ?? "", record.entry.nodes ?? "",
                    record.entry.outcome ?? "",
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json: global.terminal.result(try JSONOutput(encoding: records, pretty: true).text)
        case .jsonl: for record in records { global.terminal.exact(record.canonical) }
        }
        try await journal.close()
    }
}
