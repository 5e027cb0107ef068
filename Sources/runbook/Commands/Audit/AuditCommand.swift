import ArgumentParser

/// The audit trail.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read, export and verify the audit trail.",
        discussion: """
            Examples:
              runbook audit list --run last
              runbook audit export --run last -o change-4711
              runbook audit verify
              runbook audit verify change-4711 --signers signers
            """,
        subcommands: [
            AuditList.self, AuditShow.self, AuditExportCommand.self, AuditVerify.self, AuditAnchor.self,
            AuditAccept.self,
        ])
}
