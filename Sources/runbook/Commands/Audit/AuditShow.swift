import ArgumentParser
import Controller
import Model

/// One audit record.
struct AuditShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one audit record with everything that it says.",
        discussion: """
            Example:
              runbook audit show 4711
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The record's number.") var number: Int

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let record = try await journal.auditRecords(AuditFilter(after: number - 1, limit: 1)).first
        guard let record, record.sequence == number else {
            throw RequestError(
                .usage, "There is no audit record \(number).", hint: "runbook audit list shows which there are.")
        }
        switch global.output {
        case .text: for line in lines(record) { global.terminal.result(line) }
        case .json: global.terminal.result(try JSONOutput(encoding: record, pretty: true).text)
        case .jsonl: global.terminal.exact(record.canonical)
        }
        try await journal.close()
    }

    private func lines(_ record: AuditRecord) -> [String] {
        let entry = record.entry
        var facts: [(String, String?)] = [
            ("time", UTCText.milliseconds(record.time)), ("user", "\(entry.actor.user) (uid \(entry.actor.userID))"),
            ("sudo by", entry.actor.sudoUser), ("host", entry.actor.host), ("from", entry.actor.sshClient),
            ("run", entry.run?.description), ("nodes", entry.nodes), ("plan", entry.planDigest),
            ("outcome", entry.outcome),
        ]
        for (name, value) in entry.detail.sorted(by: { $0.key < $1.key }) { facts.append((name, value)) }
        facts += [("previous", record.previous), ("hash", record.hash)]
        let width = facts.map(\.0.count).max() ?? 0
        let style = global.terminal.style
        return [style.bold("Record \(record.sequence): \(SafeText(entry.action.rawValue).singleLine)")]
            + facts.compactMap { name, value in
                guard let value else { return nil }
                let padding = String(repeating: " ", count: width - name.count)
                return "  \(SafeText(name).singleLine)\(padding)  \(SafeText(value).singleLine)"
            }
    }
}
