import Catalog
import Governance
import Model

/// What the access file says of one question, with the lines that decide.
package struct AccessAnswer: Sendable, Encodable {
    package let user: String
    package let person: String?
    package let action: String
    package let isAllowed: Bool
    /// A line for each part of the answer.
    package let explanation: [String]

    /// Asks whether the Unix user `user` may do `action`.
    /// - Throws: what is wrong with the inventory or the node set.
    package init(
        _ workspace: Workspace, user: String, action: AccessAction, runbook: String?, nodes selector: String?
    ) async throws {
        let inventory = selector == nil ? nil : try await workspace.inventory()
        let nodes = try selector.map { try TargetSelection(inventory ?? Inventory()).nodes($0) }
        let policy = try await Authority(workspace, inventory: inventory).policy
        let id = UnixUser.id(of: user)
        let subject = policy.people.subject(
            Requester(user: UnixUser.name(of: user) ?? user, userID: id ?? -1, sudoUser: nil, host: "", sshClient: nil))
        let decision = policy.decide(subject, action, runbook: runbook, nodes: nodes)
        self.user = user
        person = subject.person
        self.action = action.rawValue
        isAllowed = decision.isAllowed
        explanation =
            ["User \(user) is \(subject.person.map { "the person \($0)" } ?? "no person of the access file")."]
            + decision.explanation.map { $0 + "." }
    }
}
