import ArgumentParser
import Controller
import Model

/// Audit records for somebody who has no access to the database.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write audit records into a folder: JSON Lines, CSV and a report, signed.",
        discussion: """
            The folder holds the records as they are hashed, a table for a spreadsheet, a report for a change board \
            (report.html), the events that the records cover, and a manifest with the digest of each file, signed with \
            the controller's key. It can be checked without the database: runbook audit verify FOLDER.

            Examples:
              runbook audit export --run last -o change-4711
              runbook audit export --since 2026-11-27 --until 2026-11-28 -o audit-2026-11-27
              runbook audit export --run last -o - | tar -x --one-top-level=change-4711
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var chosen: AuditSelectionOptions
    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The new folder, or - for a tar archive on standard output.", valueName: "folder"),
        completion: .directory)
    var folder: String

    func run() async throws {
        let settings = try global.settings
        let journal = try await Workspace(settings).journal()
        try await AccessGuard(Workspace(settings), journal).require(.export)
        let export = AuditExport(settings, journal: journal)
        let selection = try await chosen.selection(global)
        if folder == "-" {
            try await export.archive(selection, to: .standardOutput)
            return try await journal.close()
        }
        let summary = try await export.write(selection, to: folder)
        try await journal.close()
        switch global.output {
        case .text:
            global.terminal.result(
                "\(summary.records) records (\(summary.first) to \(summary.last)) of \(summary.runs) runs are in \(folder)."
            )
            global.terminal.note("Signed with \(summary.key). The report: \(folder)/report.html")
        case .json, .jsonl:
            let keys = try JSONOutput.keys(of: summary)
            try global.terminal.result(ResultObject("audit_exported", keys), as: global.output)
        }
    }
}
