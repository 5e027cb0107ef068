import ArgumentParser
import Controller
import Model

/// Anchors the chain now.
struct AuditAnchor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor",
        abstract: "Write the signed end of the audit trail to the anchors of the settings, now.",
        discussion: """
            Runs do so by themselves, before their first change, every minute and at their end.

            Example:
              runbook audit anchor
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try global.settings
        guard !settings.anchors.isEmpty else {
            throw RequestError(
                .usage, "No anchors are configured.", hint: "Name places under 'anchors' of runbook.yaml.")
        }
        let journal = try await Workspace(settings).journal()
        try await AccessGuard(Workspace(settings), journal).require(.maintain)
        let anchoring = AuditAnchoring(settings, journal: journal)
        try await anchoring.check()
        let problems = await anchoring.anchor()
        try await journal.close()
        for problem in problems { global.terminal.complaint("error: \(SafeText(problem).singleLine)") }
        if global.output != .text {
            try global.terminal.result(ResultObject("audit_anchored", ["problems": problems]), as: global.output)
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }
}
