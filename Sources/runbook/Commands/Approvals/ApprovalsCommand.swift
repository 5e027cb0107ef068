import ArgumentParser
import Controller
import Model

/// What waits for approvals.
struct ApprovalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approvals",
        abstract: "List the runs that wait for an approval, and whose.",
        discussion: """
            Examples:
              runbook approvals
              runbook approvals --output jsonl
            """,
        subcommands: [ApprovalsList.self, ApprovalsExchange.self], defaultSubcommand: ApprovalsList.self)
}

/// Lists them.
struct ApprovalsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the runs that wait for an approval, and whose.",
        discussion: """
            Example:
              runbook approvals list
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let service = try await RunService(workspace)
        try await AccessGuard(workspace, service.journal).require(.read)
        let pending = try await ApprovalDesk(service).pending()
        try await service.close()
        switch global.output {
        case .text:
            var table = Table([
                "RUN", "SINCE (UTC)", "RUNBOOK", "ASKED BY", "NODES", "GATE", "PLAN", "HAS", "CAN APPROVE",
            ])
            for item in pending {
                table.add([
                    item.run.short, String(EventLine.timestamp(item.started).prefix(19)), item.runbook, item.requester,
                    item.nodes, item.gate, String(item.plan.prefix(12)), "\(item.given.count) of \(item.needed)",
                    item.candidates.joined(separator: ", "),
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: pending, of: "pending_run", as: global.output)
        }
    }
}
