import Governance
import Model

/// Refuses what the access file does not allow, and records in the audit trail that it did.
package struct AccessGuard: Sendable {
    private let workspace: Workspace
    private let journal: any JournalStore

    package init(_ workspace: Workspace, _ journal: any JournalStore) {
        self.workspace = workspace
        self.journal = journal
    }

    /// Lets the user of this process, or `requester`, do `action`, or refuses.
    /// - Throws: `GovernanceError` of code `refused`.
    package func require(
        _ action: AccessAction, runbook: String? = nil, nodes: NodeSet? = nil, run: RunID? = nil,
        inventory: Inventory? = nil, as requester: Requester = RunService.requester
    ) async throws {
        let policy = try await Authority(workspace, inventory: inventory).policy
        let decision = policy.decide(policy.people.subject(requester), action, runbook: runbook, nodes: nodes)
        guard !decision.isAllowed else { return }
        try await journal.record(
            AuditEntry(
                actor: requester, action: .accessRefused, run: run, nodes: nodes?.folded,
                outcome: "refused", detail: ["action": action.rawValue, "why": decision.refusal]))
        throw GovernanceError(
            .refused, decision.refusal,
            hint: action == .breakGlass && !policy.isInForce
                ? "Write Inventory/access.yaml: docs/approvals.md shows how."
                : "runbook access check explains it. Whoever keeps the access file can change it.")
    }

    /// The same for something that is about the run named `name`.
    package func require(_ action: AccessAction, run name: String) async throws {
        let summary = try await journal.run(named: name)
        try await require(
            action, runbook: summary.runbook, nodes: try? NodeSet(parsing: summary.targets, resolver: nil),
            run: summary.id)
    }

    /// The same for a job, by the runbook and the nodes that it is for.
    package func require(_ action: AccessAction, job name: String) async throws {
        let order = try workspace.order(ofJob: name)
        let inventory = try await workspace.inventory()
        let runbook = try workspace.runbook(order.runbook)
        let nodes = try? TargetSelection(inventory).nodes(
            order.selector, within: runbook.targets, of: runbook.name)
        try await require(action, runbook: order.runbook, nodes: nodes, inventory: inventory)
    }

    /// Those of `runs` that the user of this process may read.
    package func readable(_ runs: [RunSummary]) async throws -> [RunSummary] {
        let policy = try await Authority(workspace).policy
        let subject = policy.people.subject(RunService.requester)
        return runs.filter { run in
            policy.decide(
                subject, .read, runbook: run.runbook, nodes: try? NodeSet(parsing: run.targets, resolver: nil)
            ).isAllowed
        }
    }
}

extension RunHeader.Kind {
    /// What somebody must be allowed to begin such a run.
    var access: AccessAction {
        switch self {
        case .apply: .apply
        case .plan, .diagnose: .diagnose
        case .exec: .exec
        case .rollback: .rollback
        }
    }
}
