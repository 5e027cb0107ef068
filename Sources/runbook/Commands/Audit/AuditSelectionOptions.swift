import ArgumentParser
import Controller
import Foundation
import Model

/// Which audit records.
struct AuditSelectionOptions: ParsableArguments {
    @Option(name: .customLong("run"), help: "Only of this run: its id, the id's beginning, or 'last'.")
    var runName: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Only that name one of these nodes, which the inventory need not have any more.", valueName: "set"),
        completion: .nodeSets)
    var nodes: String?
    @Option(help: "Only of this user.") var user: String?
    @Option(help: ArgumentHelp("Only of this action, such as run.started.", valueName: "name")) var action: String?
    @Option(
        help: ArgumentHelp(
            "Only from then on: 2026-11-28, 2026-11-28T21:40Z, or 24h for a day ago.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Only before then.", valueName: "time")) var until: String?
    @Option(help: ArgumentHelp("Only of runs in the change window of this calendar.", valueName: "calendar"))
    var window: String?

    func validate() throws { _ = try selection(of: nil) }

    /// Groups are those of the inventory as it is now.
    func selection(_ global: GlobalOptions) async throws -> AuditSelection {
        guard let nodes else { return try selection(of: nil) }
        return try selection(of: try await NodeSetArgument([nodes], global).nodes)
    }

    private func selection(of nodes: NodeSet?) throws -> AuditSelection {
        AuditSelection(
            run: runName, nodes: nodes, user: user, action: action.map { AuditAction(rawValue: $0) },
            since: try since.map { try PointInTime($0).milliseconds },
            until: try until.map { try PointInTime($0).milliseconds }, window: window)
    }
}
