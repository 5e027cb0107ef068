import GRDB
import Model

extension Journal {
    package func record(_ entry: AuditEntry) async throws {
        try await commits.submit(importance: .ending) { try self.audit([entry], $0) }
    }

    package func auditRecords(_ filter: AuditFilter) async throws -> [AuditRecord] {
        var conditions = ["sequence > ?"]
        var arguments: StatementArguments = [filter.after]
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("run = ?", filter.run?.description)
        add("user = ?", filter.user)
        add("action = ?", filter.action?.rawValue)
        add("time >= ?", filter.since)
        add("time < ?", filter.until)
        arguments += [filter.limit]
        let sql = """
            SELECT record, hash FROM audit WHERE \(conditions.joined(separator: " AND "))
            ORDER BY sequence \(filter.newestFirst ? "DESC" : "ASC") LIMIT ?
            """
        return try await pool.read { [arguments] db in
            try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
                guard let record = AuditChain.record(canonical: row[0], hash: row[1]) else {
                    throw JournalError(
                        .damaged, "An audit record cannot be read.", hint: "runbook audit verify says which.")
                }
                return record
            }
        }
    }

    package func eventTexts(of run: RunID, after sequence: Int, limit: Int) async throws -> [EventText] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, time, type, body FROM events WHERE run = ? AND sequence > ?
                    ORDER BY sequence LIMIT ?
                    """,
                arguments: [key, sequence, limit]
            ).map { EventText(sequence: $0[0], time: $0[1], type: $0[2], body: $0[3]) }
        }
    }

    package func auditHead() async throws -> AuditHead? {
        try await pool.read { try AuditVerifier.head($0) }
    }

    package func verifyAudit(against anchors: [AuditHead]) async throws -> AuditVerification {
        try await pool.read { try AuditVerifier.verify($0, against: anchors) }
    }
}

extension AuditRecord {
    /// The record that `canonical` is, with the hash of these bytes; nil when they are no record.
    package init?(canonical: String) {
        guard let record = AuditChain.record(canonical: canonical, hash: Digest.of(canonical)) else { return nil }
        self = record
    }
}
