import GRDB
import Model

extension Journal {
    package func take(run: RunID) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(
                sql: "INSERT INTO service_runs (run, taken) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [run.description, transaction.time])
        }
    }

    package func leave(run: RunID) async throws {
        try await commits.submit(importance: .ending) { transaction in
            try transaction.db.execute(sql: "DELETE FROM service_runs WHERE run = ?", arguments: [run.description])
        }
    }

    package func countFailure(of run: RunID) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(
                sql: "UPDATE service_runs SET failures = failures + 1 WHERE run = ?", arguments: [run.description])
        }
    }

    package func takenRuns() async throws -> [ServiceRun] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT service_runs.run, job, failures, runs.phase FROM service_runs
                    LEFT JOIN runs ON runs.id = service_runs.run
                    WHERE runs.ended IS NULL ORDER BY taken, service_runs.run
                    """
            ).compactMap { row in
                let phase: String? = row[3]
                return RunID(row[0]).map {
                    ServiceRun(
                        run: $0, job: row[1], failures: row[2], hasBegun: phase != nil,
                        phase: phase.flatMap(RunPhase.init) ?? .surveying)
                }
            }
        }
    }

    package func waitingRuns() async throws -> [RunSummary] {
        let here = owner
        return try await pool.read { db in
            let query = RunQuery(RunFilter(phases: [.waitingApproval, .waitingWindow], limit: 1000))
            return try Row.fetchAll(db, sql: query.sql, arguments: query.arguments).filter { row in
                let holder: String? = row["owner"]
                return holder == here.text || LeaseRows.isAbandoned(owner: holder, ended: nil, seenFrom: here)
            }.map { try RunQuery.summary($0, db, here) }
        }
    }

    package func waves(of runbook: String, limit: Int) async throws -> [WaveRecord] {
        let rows = try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT begun.body, min(ended.time) - begun.time FROM runs
                    JOIN events AS begun ON begun.run = runs.key AND begun.type = 'wave_started'
                    JOIN events AS ended ON ended.run = runs.key AND ended.type = 'wave_ended'
                        AND ended.sequence > begun.sequence
                    WHERE runs.key IN (
                            SELECT key FROM runs WHERE runbook = ? AND kind = 'apply'
                            ORDER BY started DESC, key DESC LIMIT 20)
                        AND NOT EXISTS (
                        SELECT 1 FROM events AS other WHERE other.run = runs.key
                            AND other.type IN ('wave_started', 'resumed') AND other.sequence > begun.sequence
                            AND other.sequence < ended.sequence)
                    GROUP BY begun.run, begun.sequence ORDER BY begun.time DESC LIMIT ?
                    """,
                arguments: [runbook, limit]
            ).map { (body: $0[0] as String, milliseconds: $0[1] as Int) }
        }
        return try rows.compactMap { row in
            guard case .waveStarted(_, let nodes) = try JournalCoding.decode(RunEvent.self, row.body) else {
                return nil
            }
            return WaveRecord(nodes: nodes.count, milliseconds: row.milliseconds)
        }
    }
}
