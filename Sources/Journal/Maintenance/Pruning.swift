import GRDB
import Model

/// Removes what is large of runs that ended long ago.
enum Pruning {
    /// Events, outputs and captured states go; headers, outcomes, attempts, plans, sources and the audit chain stay.
    static func prune(
        endedBefore time: Int, actor: Requester, _ transaction: JournalTransaction
    ) throws -> [RunID] {
        let db = transaction.db
        let rows = try Row.fetchAll(
            db, sql: "SELECT key, id FROM runs WHERE ended < ? AND pruned IS NULL ORDER BY key", arguments: [time])
        var pruned: [RunID] = []
        for row in rows {
            let key: Int = row[0]
            guard let id = RunID(row[1]) else { continue }
            for table in ["events", "output_blocks", "output_streams", "captures"] {
                try db.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [key])
            }
            try db.execute(
                sql: "UPDATE runs SET pruned = ?, output_bytes = 0 WHERE key = ?", arguments: [transaction.time, key])
            pruned.append(id)
        }
        try db.execute(sql: "DELETE FROM outbox WHERE created < ? AND state <> 'waiting'", arguments: [time])
        try db.execute(
            sql: """
                DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM captures WHERE blob = blobs.digest)
                    AND NOT EXISTS (SELECT 1 FROM plans WHERE blob = blobs.digest)
                    AND NOT EXISTS (SELECT 1 FROM sources WHERE blob = blobs.digest)
                """)
        try transaction.audit(
            AuditEntry(
                actor: actor, action: .journalPruned, outcome: "\(pruned.count) runs",
                detail: [
                    "ended_before": String(time), "runs": pruned.map(\.description).joined(separator: " "),
                ]))
        return pruned
    }
}
