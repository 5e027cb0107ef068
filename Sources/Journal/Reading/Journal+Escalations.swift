import GRDB
import Model

extension Journal {
    package func remember(_ attempt: EscalationAttempt) async throws {
        try await commits.submit(importance: .ending) { transaction in
            let row = try transaction.run(attempt.run)
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO escalations (node, runbook, step, rung, run, time, helped) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                attempt.node, attempt.runbook, attempt.step, attempt.rung, attempt.run.description, transaction.time,
                attempt.helped,
            ])
            try transaction.audit(
                AuditEntry(
                    actor: row.actor, action: .escalationTried, run: attempt.run, nodes: attempt.node,
                    outcome: attempt.helped ? "helped" : "did not help",
                    detail: ["runbook": attempt.runbook, "step": attempt.step, "rung": attempt.rung]))
        }
    }

    package func escalations(
        node: String, runbook: String, step: String, since time: Int
    ) async throws -> [EscalationAttempt] {
        try await pool.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT rung, run, time, helped FROM escalations
                    WHERE node = ? AND runbook = ? AND step = ? AND time >= ? ORDER BY time, id
                    """,
                arguments: [node, runbook, step, time])
            return try rows.map { row in
                guard let run = RunID(row[1]) else {
                    throw JournalError(.damaged, "An escalation of \(node) is damaged.")
                }
                return EscalationAttempt(
                    node: node, runbook: runbook, step: step, rung: row[0], run: run, time: row[2], helped: row[3])
            }
        }
    }
}
