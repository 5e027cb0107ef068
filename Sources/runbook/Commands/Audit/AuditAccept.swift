import ArgumentParser
import Controller
import Model

/// Takes a chain as it is that does not hold its anchors.
struct AuditAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Take a database as it is that does not fit its anchors, such as a restored backup. Signed.",
        discussion: """
            Until then nothing is changed on nodes. All approvals that were given before are void. The acceptance is \
            signed with a key of yours and stays visible in the anchors and in the audit trail.

            Example:
              runbook audit accept --reason 'restored the backup of 03:00 after the disk failed' --key ~/.ssh/id_ed25519
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Why, for those who read it later.") var reason: String
    @Option(
        help: ArgumentHelp("Your private key, or the public one of a key in the agent.", valueName: "file"),
        completion: .file())
    var key: String

    func run() async throws {
        let settings = try global.settings
        let journal = try await Workspace(settings).journal()
        try await AccessGuard(Workspace(settings), journal).require(.maintain)
        let head = try await AuditAnchoring(settings, journal: journal).accept(reason: reason, key: key)
        try await journal.close()
        switch global.output {
        case .text:
            global.terminal.result(
                "The chain is accepted as it is at record \(head.sequence). Earlier approvals are void.")
        case .json, .jsonl:
            try global.terminal.result(
                ResultObject("audit_accepted", ["sequence": head.sequence, "hash": head.hash]), as: global.output)
        }
    }
}
