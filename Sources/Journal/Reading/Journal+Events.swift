import GRDB
import Model

extension Journal {
    /// How often another process's commits are looked for while waiting.
    private static let pollInterval = Duration.milliseconds(100)

    package func events(of run: RunID, after sequence: Int, limit: Int) async throws -> [RecordedEvent] {
        let rows = try await pool.read { db -> [(sequence: Int, time: Int, body: String)] in
            let key = try Self.key(of: run, db)
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, time, body FROM events WHERE run = ? AND sequence > ? ORDER BY sequence LIMIT ?
                    """,
                arguments: [key, sequence, limit]
            ).map { ($0[0], $0[1], $0[2]) }
        }
        // Decoded here, so that the connection is free for others meanwhile.
        return try rows.map { row in
            RecordedEvent(
                run: run, sequence: row.sequence, time: row.time,
                event: try JournalCoding.decode(RunEvent.self, row.body))
        }
    }

    package func nextEvents(of run: RunID, after sequence: Int, limit: Int) async throws -> [RecordedEvent] {
        var seen: Int?
        while true {
            try Task.checkCancellation()
            let version = try watcher.version()
            if version != seen {
                seen = version
                let found = try await events(of: run, after: sequence, limit: limit)
                if !found.isEmpty { return found }
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    package func attempts(of run: RunID, nodes: Set<String>?, step: String?) async throws -> [AttemptRecord] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM attempts WHERE run = ? ORDER BY target, step, attempt", arguments: [key])
            var found: [AttemptRecord] = []
            while let row = try rows.next() {
                if let nodes, !nodes.contains(row["node"]) { continue }
                if let step, step != row["name"] { continue }
                found.append(try Self.attempt(row, run: run))
            }
            return found
        }
    }

    private static func attempt(_ row: Row, run: RunID) throws -> AttemptRecord {
        AttemptRecord(
            id: InvocationID(run: run, target: row["target"], step: row["step"], attempt: row["attempt"]),
            node: row["node"], name: row["name"], work: try work(row["purpose"]), verb: row["verb"],
            scriptDigest: row["script_digest"], effect: (row["effect"] as String?).flatMap(Effect.init),
            bootID: row["boot_id"], machineID: row["machine_id"], host: row["host"], intended: row["intended"],
            started: row["started"], ended: row["ended"],
            status: (row["status"] as String?).flatMap(StepEnding.Status.init),
            outcome: try (row["outcome"] as String?).map { try JournalCoding.decode(InvocationOutcome.self, $0) },
            text: row["text"])
    }

    private static func work(_ text: String) throws -> AttemptRecord.Work {
        if let purpose = StepIntent.Purpose(rawValue: text) { return .step(purpose) }
        if text.hasPrefix("probe."), let stage = ProbeAnswer.Stage(rawValue: String(text.dropFirst(6))) {
            return .probe(stage)
        }
        throw JournalError(.damaged, "An attempt of the journal is damaged.", hint: "runbook db check says more.")
    }

    package func captures(of run: RunID, node: String?) async throws -> [CaptureRecord] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM captures WHERE run = ? AND (?2 IS NULL OR node = ?2) ORDER BY sequence
                    """,
                arguments: [key, node])
            return try rows.map { row in
                CaptureRecord(
                    sequence: row["sequence"], node: row["node"], step: row["plan_step"],
                    id: InvocationID(run: run, target: row["target"], step: row["step"], attempt: row["attempt"]),
                    digest: row["digest"], bytes: try (row["blob"] as String?).flatMap { try Blob.read($0, db) })
            }
        }
    }

    package func plan(of run: RunID) async throws -> StoredPlan? {
        try await pool.read { db in
            _ = try Self.key(of: run, db)
            let digest = try String.fetchOne(
                db, sql: "SELECT plan_digest FROM runs WHERE id = ?", arguments: [run.description])
            return try digest.flatMap { try Self.plan($0, db) }
        }
    }

    package func plan(digest: String) async throws -> StoredPlan? {
        try await pool.read { try Self.plan(digest, $0) }
    }

    private static func plan(_ digest: String, _ db: Database) throws -> StoredPlan? {
        let blob = try String.fetchOne(db, sql: "SELECT blob FROM plans WHERE digest = ?", arguments: [digest])
        guard let blob, let bytes = try Blob.read(blob, db) else { return nil }
        return StoredPlan(
            digest: digest, plan: try JournalCoding.decode(Plan.self, String(decoding: bytes, as: UTF8.self)))
    }

    package func sources(of run: RunID) async throws -> [SourceFile] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            let rows = try Row.fetchAll(
                db, sql: "SELECT path, blob FROM sources WHERE run = ? ORDER BY position", arguments: [key])
            return try rows.map { row in
                guard let bytes = try Blob.read(row[1], db) else {
                    throw JournalError(
                        .damaged, "The stored file \(row[0] as String) is missing.", hint: "runbook db check says more."
                    )
                }
                return SourceFile(path: row[0], bytes: bytes)
            }
        }
    }
}
