import GRDB
import Model

/// Claims and gives back nodes.
struct LeaseRows {
    let transaction: JournalTransaction

    private var db: Database { transaction.db }

    private struct Holder {
        var run: RunID
        var isAbandoned: Bool
    }

    /// The next token of `node`, which `run` holds from now on.
    ///
    /// Tokens grow with every claim, and are at least the time in milliseconds, so that those of a fresh or restored
    /// database are higher than those that a node has seen from an earlier one.
    func claim(node: String, run: RunID) throws -> Int {
        let row = try transaction.run(run)
        let holder = try holder(of: node)
        if let holder, holder.run != run, !holder.isAbandoned {
            throw Self.busy(node: node, holder: holder.run)
        }
        let last = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT fence FROM leases WHERE node = ?"), arguments: [node])
        let fence = max((last ?? 0) + 1, transaction.time)
        try db.cachedStatement(
            sql: """
                INSERT INTO leases (node, fence, run, owner, claimed) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET fence = excluded.fence, run = excluded.run, owner = excluded.owner,
                    claimed = excluded.claimed
                """
        ).execute(arguments: [node, fence, run.description, transaction.owner.text, transaction.time])
        var detail = ["fence": String(fence)]
        let takesOver = holder.map { $0.run != run } ?? false
        if takesOver { detail["from"] = holder?.run.description }
        try transaction.audit(
            AuditEntry(
                actor: row.actor, action: takesOver ? .leaseTakenOver : .leaseClaimed, run: run, nodes: node,
                detail: detail))
        return fence
    }

    /// Gives `node` back, if `run` holds it.
    func release(node: String, run: RunID) throws {
        try db.cachedStatement(sql: "UPDATE leases SET run = NULL, owner = NULL WHERE node = ? AND run = ?")
            .execute(arguments: [node, run.description])
        guard db.changesCount > 0 else { return }
        let actor = try String.fetchOne(
            db.cachedStatement(sql: "SELECT actor FROM runs WHERE id = ?"), arguments: [run.description])
        guard let actor else { throw JournalError(.noSuchRun, "The journal has no run \(run.short).") }
        try transaction.audit(
            AuditEntry(
                actor: try transaction.actor(actor), action: .leaseReleased, run: run, nodes: node))
    }

    /// Refuses a change of a node that another run holds.
    func check(node: String, run: RunID) throws {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT run FROM leases WHERE node = ? AND run IS NOT NULL"), arguments: [node])
        guard let row, row[0] != run.description else { return }
        guard let holder = RunID(row[0]) else { throw JournalError(.damaged, "The lease of \(node) is damaged.") }
        throw Self.busy(node: node, holder: holder)
    }

    private static func busy(node: String, holder: RunID) -> JournalError {
        JournalError(
            .nodeBusy(holder: holder), "\(node) is held by run \(holder.short).",
            hint: "runbook show \(holder.short)")
    }

    private func holder(of node: String) throws -> Holder? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT leases.run, leases.owner, runs.ended, runs.phase FROM leases
                    LEFT JOIN runs ON runs.id = leases.run
                    WHERE node = ? AND leases.run IS NOT NULL
                    """),
            arguments: [node])
        guard let row else { return nil }
        guard let run = RunID(row[0]) else { throw JournalError(.damaged, "The lease of \(node) is damaged.") }
        return Holder(
            run: run,
            isAbandoned: LeaseRows.isAbandoned(
                owner: row[1], ended: row[2], phase: row[3], seenFrom: transaction.owner))
    }

    /// Whether a lease may be taken over: its run is finished, or its process is gone. A run that waits in its middle
    /// for an approval keeps its nodes without a process.
    static func isAbandoned(
        owner: String?, ended: Int?, phase: String? = nil, seenFrom here: ProcessIdentity
    ) -> Bool {
        if ended == nil, owner != nil, phase.flatMap(RunPhase.init) == .waitingApproval { return false }
        guard ended == nil, let owner, let process = ProcessIdentity(text: owner) else { return true }
        return process.isGone(seenFrom: here)
    }
}
