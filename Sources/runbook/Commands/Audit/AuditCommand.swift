import ArgumentParser
import Controller
import Model

/// The audit trail.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read and verify the audit trail.",
        subcommands: [AuditList.self, AuditVerify.self])
}

/// Audit records.
struct AuditList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List audit records, the newest last.",
        discussion: """
            Examples:
              runbook audit list --run last
              runbook audit list --user alice --output jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @Option(name: .customLong("run"), help: "Only of this run.") var runName: String?
    @Option(help: "Only of this user.") var user: String?
    @Option(help: "At most so many.") var limit = 100

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let run: RunID? = if let runName { try await journal.run(named: runName).id } else { nil }
        let newest = try await journal.auditRecords(AuditFilter(run: run, user: user, newestFirst: true, limit: limit))
        switch global.output {
        case .text:
            var table = Table(["NO", "TIME (UTC)", "BY", "ACTION", "RUN", "NODES", "OUTCOME"], rightAligned: [0])
            for record in newest.reversed() {
                table.add([
                    String(record.sequence), String(EventLine.timestamp(record.time).prefix(19)),
                    record.entry.actor.user, record.entry.action.rawValue, record.entry.run?.short ?? "",
                    record.entry.nodes ?? "", record.entry.outcome ?? "",
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json: global.terminal.result(try JSONOutput(encoding: Array(newest.reversed()), pretty: true).text)
        case .jsonl: for record in newest.reversed() { global.terminal.result(record.canonical) }
        }
        try await journal.close()
    }
}

/// Checks the chain.
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that no audit record was changed, removed, moved or added.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let result = try await journal.verifyAudit(against: [])
        try await journal.close()
        switch global.output {
        case .text:
            if let fault = result.fault {
                global.terminal.result("Record \(fault.sequence): \(fault.message)")
            } else {
                global.terminal.result(
                    "\(result.records) records, chain intact. Unanchored: a chain rewritten as a whole can't be told from a true one."
                )
            }
        case .json, .jsonl: global.terminal.result(try JSONOutput(encoding: result).text)
        }
        if !result.isIntact { throw ExitCode(1) }
    }
}
