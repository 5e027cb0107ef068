import GRDB
import Model

extension Journal {
    package func keep(_ standing: StandingRecord, _ entry: AuditEntry) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(
                sql: """
                    INSERT INTO standing (id, runbook, person, principal, key, statement, signature, limit_count, given,
                        expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    standing.id, standing.runbook, standing.person, standing.principal, standing.key,
                    standing.statement, standing.signature, standing.limit, standing.given, standing.expires,
                ])
            guard transaction.db.changesCount > 0 else {
                throw JournalError(.alreadyUsed, "This very standing approval was given before.")
            }
            try transaction.audit(entry)
        }
    }

    package func standings(of runbook: String?) async throws -> [StandingRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, runbook, person, principal, key, statement, signature, limit_count,
                        (SELECT count(*) FROM standing_uses WHERE standing = id), given, expires, revoked, revoked_by
                    FROM standing WHERE :runbook IS NULL OR runbook = :runbook ORDER BY given DESC, id
                    """,
                arguments: ["runbook": runbook]
            ).map { row in
                StandingRecord(
                    id: row[0], runbook: row[1], person: row[2], principal: row[3], key: row[4], statement: row[5],
                    signature: row[6], limit: row[7], uses: row[8], given: row[9], expires: row[10], revoked: row[11],
                    revokedBy: row[12])
            }
        }
    }

    package func revoke(standing id: String, by person: String, _ entry: AuditEntry) async throws {
        try await commits.submit(importance: .ending) { transaction in
            try transaction.db.execute(
                sql: "UPDATE standing SET revoked = ?, revoked_by = ? WHERE id = ? AND revoked IS NULL",
                arguments: [transaction.time, person, id])
            guard transaction.db.changesCount > 0 else {
                throw JournalError(
                    .noSuchRun, "There is no standing approval \(id.prefix(8)) that is not revoked.",
                    hint: "runbook standing list")
            }
            try transaction.audit(entry)
        }
    }
}
