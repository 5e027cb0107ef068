import Model

/// A run as the journal has it: its events and what they fold to.
package struct RunRecord: Sendable {
    package let id: RunID
    package let events: [RecordedEvent]
    package let state: RunState
    /// As the journal judges it: `interrupted` where no live process carries it out.
    package let phase: RunPhase
    /// Decisions on its plan, in their order.
    package let approvals: [ApprovalRecord]
    /// Nodes that `resume` would go on with, had no rollback of the run touched them.
    package let undone: UndoneNodes

    /// Reads the run named `name` and records in the audit trail that it was read.
    package init(_ name: String, in journal: any JournalStore) async throws {
        let summary = try await journal.run(named: name)
        id = summary.id
        phase = summary.phase
        events = try await Self.events(of: summary.id, in: journal)
        state = RunState(events)
        undone = try await journal.undoneNodes(of: state)
        var approvals: [ApprovalRecord] = []
        if let plan = summary.planDigest {
            approvals = try await journal.approvals(ofPlan: plan).filter { $0.run == summary.id }
        }
        self.approvals = approvals
        try await journal.record(
            AuditEntry(actor: RunService.requester, action: .runShown, run: summary.id, nodes: summary.targets))
    }

    /// All events of a run.
    static func events(of run: RunID, in journal: any JournalStore) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        while true {
            let more = try await journal.events(of: run, after: events.last?.sequence ?? 0, limit: 5000)
            if more.isEmpty { return events }
            events += more
        }
    }
}
