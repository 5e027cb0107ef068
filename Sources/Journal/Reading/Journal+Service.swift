import GRDB
import Model

extension Journal {
    package func lastTime() async throws -> Int {
        try await pool.read { try Int.fetchOne($0, sql: "SELECT time FROM journal WHERE id = 1") ?? 0 }
    }

    package func register(job: String, definition: String) async throws -> JobRecord {
        let known = try await pool.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM jobs WHERE job = ? AND definition = ?", arguments: [job, definition]
            ).map(Self.job)
        }
        if let known { return known }
        return try await commits.submit { transaction in
            try transaction.db.execute(
                sql: """
                    INSERT INTO jobs (job, definition, decided) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET definition = excluded.definition, decided = excluded.decided
                    """,
                arguments: [job, definition, transaction.time])
            let row = try Row.fetchOne(transaction.db, sql: "SELECT * FROM jobs WHERE job = ?", arguments: [job])
            guard let row else { throw JournalError(.damaged, "The journal has lost job '\(job)'.") }
            return Self.job(row)
        }
    }

    package func jobRecords() async throws -> [JobRecord] {
        try await pool.read { try Row.fetchAll($0, sql: "SELECT * FROM jobs ORDER BY job").map(Self.job) }
    }

    private static func job(_ row: Row) -> JobRecord {
        JobRecord(job: row["job"], decidedUpTo: row["decided"], paused: row["paused"], pausedBy: row["paused_by"])
    }

    package func decide(_ occurrence: OccurrenceRecord, by actor: Requester) async throws -> Bool {
        try await commits.submit { try OccurrenceRows(transaction: $0).insert(occurrence, by: actor) }
    }

    package func dequeue(_ occurrence: OccurrenceRecord, run: RunID, by actor: Requester) async throws -> Bool {
        try await commits.submit { try OccurrenceRows(transaction: $0).dequeue(occurrence, run: run, by: actor) }
    }

    package func fail(_ occurrence: OccurrenceRecord, _ text: String, by actor: Requester) async throws {
        try await commits.submit { try OccurrenceRows(transaction: $0).fail(occurrence, text, by: actor) }
    }

    package func occurrences(
        of job: String?, state: OccurrenceRecord.State?, limit: Int
    ) async throws -> [OccurrenceRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM occurrences WHERE (:job IS NULL OR job = :job) AND (:state IS NULL OR state = :state)
                    ORDER BY occurrence DESC, job LIMIT :limit
                    """,
                arguments: ["job": job, "state": state?.rawValue, "limit": limit]
            ).map { row in
                OccurrenceRecord(
                    job: row["job"], occurrence: row["occurrence"],
                    state: OccurrenceRecord.State(rawValue: row["state"]) ?? .failed,
                    run: (row["run"] as String?).flatMap { RunID($0) }, decided: row["decided"],
                    missed: row["missed"], text: row["text"])
            }
        }
    }

    package func setPaused(_ isPaused: Bool, job: String, by actor: Requester) async throws -> Bool {
        try await commits.submit { transaction in
            try transaction.db.execute(
                sql: "UPDATE jobs SET paused = ?, paused_by = ? WHERE job = ? AND (paused IS NULL) = ?",
                arguments: [isPaused ? transaction.time : nil, isPaused ? actor.user : nil, job, isPaused])
            guard transaction.db.changesCount == 1 else { return false }
            try transaction.audit(
                AuditEntry(actor: actor, action: isPaused ? .schedulePaused : .scheduleResumed, detail: ["job": job]))
            return true
        }
    }

    package func clockState() async throws -> (mark: String?, suspension: String?) {
        try await pool.read { db in
            let row = try Row.fetchOne(db, sql: "SELECT clock_mark, suspension FROM service WHERE id = 1")
            return (row?[0], row?[1])
        }
    }

    package func keep(clockMark: String) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(sql: "UPDATE service SET clock_mark = ? WHERE id = 1", arguments: [clockMark])
        }
    }

    package func suspendSchedules(_ reason: String?, by actor: Requester) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(sql: "UPDATE service SET suspension = ? WHERE id = 1", arguments: [reason])
            try transaction.audit(
                AuditEntry(
                    actor: actor, action: reason == nil ? .scheduleResumed : .schedulePaused, outcome: reason,
                    detail: ["job": "*"]))
        }
    }
}
