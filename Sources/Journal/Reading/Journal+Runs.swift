import GRDB
import Model

extension Journal {
    package func runs(_ filter: RunFilter) async throws -> [RunSummary] {
        let here = owner
        return try await pool.read { db in
            let query = RunQuery(filter)
            return try Row.fetchAll(db, sql: query.sql, arguments: query.arguments)
                .map { try RunQuery.summary($0, db, here) }
        }
    }

    package func run(named text: String) async throws -> RunSummary {
        let here = owner
        return try await pool.read { db in
            let query = RunQuery.named(text)
            let rows = try Row.fetchAll(db, sql: query.sql, arguments: query.arguments)
            guard let first = rows.first else {
                throw text == "last"
                    ? JournalError(
                        .noSuchRun, "The journal has no run yet.",
                        hint: "Is it the right database? --db, RUNBOOK_DB or 'db:' in runbook.yaml names it.")
                    : JournalError(.noSuchRun, "The journal has no run '\(text)'.", hint: "runbook runs lists them.")
            }
            guard rows.count == 1 else {
                let candidates = rows.compactMap { RunID($0["id"]) }
                let names = candidates.map { String($0.description.prefix(max(12, text.utf8.count + 4))) }
                throw JournalError(
                    .ambiguousRun(candidates: candidates),
                    "Several runs begin with '\(text)': \(names.joined(separator: ", ")).", hint: "Give more digits.")
            }
            return try RunQuery.summary(first, db, here)
        }
    }

    package func header(of run: RunID) async throws -> RunHeader {
        try await pool.read { db in
            let text = try String.fetchOne(
                db, sql: "SELECT header FROM runs WHERE id = ?", arguments: [run.description])
            guard let text else { throw Self.unknown(run) }
            return try JournalCoding.decode(RunHeader.self, text)
        }
    }

    package func targets(of run: RunID) async throws -> [TargetRecord] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT position, node, state, verdict, result, wave, boot_id, machine_id FROM targets
                    WHERE run = ? ORDER BY position
                    """,
                arguments: [key]
            ).map { row in
                TargetRecord(
                    position: row[0], node: row[1], state: NodeState(rawValue: row[2]) ?? .queued,
                    verdict: (row[3] as String?).flatMap(Verdict.init),
                    outcome: try (row[4] as String?).map { try JournalCoding.decode(NodeOutcome.self, $0) },
                    wave: row[5], bootID: row[6], machineID: row[7])
            }
        }
    }

    package func nodes(of run: RunID, endedAs outcomes: Set<OutcomeClass>) async throws -> [String] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            let marks = databaseQuestionMarks(count: outcomes.count)
            return try String.fetchAll(
                db, sql: "SELECT node FROM targets WHERE run = ? AND outcome IN (\(marks)) ORDER BY position",
                arguments: [key] + StatementArguments(outcomes.map(\.rawValue)))
        }
    }

    package func lastMachine(of node: String, besides run: RunID) async throws -> PastMachine? {
        try await pool.read { db in
            // What was done for the node on another host was done on that host's machine.
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT runs.id, attempts.machine_id, attempts.intended
                    FROM attempts JOIN runs ON runs.key = attempts.run
                    WHERE attempts.node = ? AND attempts.intended IS NOT NULL AND runs.id <> ?
                        AND attempts.machine_id <> '' AND (attempts.host IS NULL OR attempts.host = attempts.node)
                    ORDER BY attempts.intended DESC LIMIT 1
                    """,
                arguments: [node, run.description])
            guard let row, let id = RunID(row[0]) else { return nil }
            return PastMachine(run: id, machineID: row[1], time: row[2])
        }
    }

    package func laterRuns(than run: RunID, touching nodes: Set<String>) async throws -> [LaterRun] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            // Attempts that are known to have changed nothing do not stand in the way of an undo.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT later.node, runs.id, runs.kind, runs.runbook, runs.parent, min(later.intended) AS time
                    FROM targets
                    JOIN attempts AS later ON later.node = targets.node AND later.run <> targets.run
                    JOIN runs ON runs.key = later.run
                    WHERE targets.run = ?
                        AND later.purpose IN ('apply', 'undo', 'always', 'exec')
                        AND (later.status IS NULL OR later.status IN ('changed', 'unknown')
                            OR later.may_have_changed)
                        AND later.intended >= coalesce(
                            (SELECT min(intended) FROM attempts WHERE run = targets.run AND node = targets.node),
                            (SELECT started FROM runs WHERE key = targets.run))
                        AND (later.intended, later.run) > (
                            (SELECT coalesce(min(intended), 0) FROM attempts
                                WHERE run = targets.run AND node = targets.node), targets.run)
                    GROUP BY later.node, later.run ORDER BY time DESC, later.node
                    """,
                arguments: [key])
            var found: [LaterRun] = []
            while let row = try rows.next() {
                guard nodes.contains(row[0]), let id = RunID(row[1]) else { continue }
                found.append(
                    LaterRun(
                        node: row[0], run: id, kind: RunHeader.Kind(rawValue: row[2]) ?? .apply, runbook: row[3],
                        parent: (row[4] as String?).flatMap { RunID($0) }, time: row[5]))
            }
            return found
        }
    }

    package func stepDurations(runbook: String, step: String, limit: Int) async throws -> [Int] {
        try await pool.read { db in
            try Int.fetchAll(
                db,
                sql: """
                    SELECT attempts.ended - coalesce(attempts.started, attempts.intended)
                    FROM attempts JOIN runs ON runs.key = attempts.run
                    WHERE attempts.name = ? AND runs.runbook = ? AND attempts.purpose = 'apply'
                        AND attempts.status IN ('changed', 'unchanged') AND attempts.intended IS NOT NULL
                    ORDER BY attempts.run DESC, attempts.ended DESC LIMIT ?
                    """,
                arguments: [step, runbook, limit])
        }
    }

    package func lease(of node: String) async throws -> LeaseRecord? {
        let here = owner
        return try await pool.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT fence, leases.run, leases.owner, claimed, ended, phase FROM leases
                    LEFT JOIN runs ON runs.id = leases.run WHERE node = ?
                    """,
                arguments: [node])
            guard let row else { return nil }
            let holder = (row[1] as String?).flatMap { RunID($0) }
            return LeaseRecord(
                node: node, fence: row[0], holder: holder, claimed: row[3],
                isAbandoned: holder != nil
                    && LeaseRows.isAbandoned(owner: row[2], ended: row[4], phase: row[5], seenFrom: here))
        }
    }

    /// The run's key in the other tables.
    static func key(of run: RunID, _ db: Database) throws -> Int {
        let key = try Int.fetchOne(db, sql: "SELECT key FROM runs WHERE id = ?", arguments: [run.description])
        guard let key else { throw unknown(run) }
        return key
    }

    static func unknown(_ run: RunID) -> JournalError {
        JournalError(.noSuchRun, "The journal has no run \(run.short).", hint: "runbook runs lists them.")
    }
}
