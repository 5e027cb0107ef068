/// What the journal keeps of approvals. Every change is one transaction with its audit record.
package protocol ApprovalStore: Sendable {
    /// The database's id: approvals name it, so that they are good in no copy under another one.
    func site() async throws -> String

    /// Keeps that a run waits at a gate. A gate that is kept already gets the new plan and requirement, unless it was
    /// used.
    func open(_ gate: GateRecord) async throws

    /// The gates of a run, in the order in which they were opened.
    func gates(of run: RunID) async throws -> [GateRecord]

    /// Keeps a decision, with `entry` in the audit trail.
    func keep(_ approval: ApprovalRecord, _ entry: AuditEntry) async throws

    /// Decisions on the plan with this digest, in order.
    func approvals(ofPlan digest: String) async throws -> [ApprovalRecord]

    /// Uses a gate's approvals up, once, and counts the use of each standing approval. `entries` go into the audit
    /// trail.
    /// - Throws: `JournalError` of code `alreadyUsed` when the run is past that gate, or a standing approval is used up
    ///   or revoked.
    func use(_ gate: GateRecord, standing: [String], _ entries: [AuditEntry]) async throws

    /// Keeps a standing approval, with `entry` in the audit trail.
    func keep(_ standing: StandingRecord, _ entry: AuditEntry) async throws

    /// Standing approvals, the newest first; of one runbook where it is named.
    func standings(of runbook: String?) async throws -> [StandingRecord]

    /// Revokes a standing approval, with `entry` in the audit trail.
    /// - Throws: `JournalError` of code `noSuchRun` when there is none of that id.
    func revoke(standing id: String, by person: String, _ entry: AuditEntry) async throws

    /// Whether a process that may live carries the run out.
    func isAttended(_ run: RunID) async throws -> Bool
}
