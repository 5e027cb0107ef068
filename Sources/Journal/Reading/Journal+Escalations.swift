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

    package func triedRungs(runbook: String, step: String, since time: Int) async throws -> [String: Set<String>] {
        try await pool.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT node, rung FROM escalations AS tried
                    WHERE runbook = :runbook AND step = :step AND time >= :time
                        AND time > IFNULL((
                            SELECT MAX(time) FROM escalations AS good
                            WHERE good.node = tried.node AND good.runbook = :runbook AND good.step = :step
                                AND good.helped), 0)
                        AND time > IFNULL((
                            SELECT MAX(runs.started) FROM targets JOIN runs ON runs.key = targets.run
                            WHERE targets.node = tried.node AND runs.runbook = :runbook
                                AND targets.verdict = 'healthy'), 0)
                    """,
                arguments: ["runbook": runbook, "step": step, "time": time])
            return rows.reduce(into: [:]) { $0[$1[0], default: []].insert($1[1]) }
        }
    }
}
