import GRDB
import Model

/// The statement that lists runs, and what its rows say.
struct RunQuery {
    private(set) var sql: String
    private(set) var arguments = StatementArguments()

    private static let columns = """
        SELECT id, kind, runbook, runbook_version, targets, target_count, selector, requester, parent, phase, started,
            ended, counts, exit_status, stop_reason, plan_digest, last_sequence, pruned, owner, key FROM runs
        """

    init(_ filter: RunFilter) {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
            conditions.append(condition)
            arguments += StatementArguments(values)
        }
        if !filter.kinds.isEmpty {
            add("kind IN (\(databaseQuestionMarks(count: filter.kinds.count)))", filter.kinds.map(\.rawValue))
        }
        if !filter.phases.isEmpty {
            add("phase IN (\(databaseQuestionMarks(count: filter.phases.count)))", filter.phases.map(\.rawValue))
        }
        if let runbook = filter.runbook { add("runbook = ?", [runbook]) }
        if let user = filter.user { add("user = ?", [user]) }
        if let parent = filter.parent { add("parent = ?", [parent.description]) }
        if let since = filter.since { add("started >= ?", [since]) }
        if let until = filter.until { add("started < ?", [until]) }
        if let node = filter.node { add("key IN (SELECT run FROM targets WHERE node = ?)", [node]) }
        let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        sql = Self.columns + condition + " ORDER BY started DESC, key DESC LIMIT ?"
        self.arguments = arguments + [filter.limit]
    }

    private init(sql: String, arguments: StatementArguments) {
        self.sql = sql
        self.arguments = arguments
    }

    /// Runs whose id begins with `text`, or the newest one.
    static func named(_ text: String) -> RunQuery {
        if text == "last" {
            return RunQuery(sql: columns + " ORDER BY started DESC, key DESC LIMIT 1", arguments: [])
        }
        guard !text.isEmpty else { return RunQuery(sql: columns + " WHERE FALSE", arguments: []) }
        // A range, so that the index serves; ids hold no character above "f".
        return RunQuery(
            sql: columns + " WHERE id >= ? AND id < ? ORDER BY started DESC LIMIT 10", arguments: [text, text + "g"])
    }

    /// The run of a row.
    static func summary(_ row: Row, _ db: Database, _ here: ProcessIdentity) throws -> RunSummary {
        guard let id = RunID(row[0]), let kind = RunHeader.Kind(rawValue: row[1]) else {
            throw JournalError(.damaged, "A run of the journal is damaged.", hint: "runbook db check says more.")
        }
        let ended: Int? = row["ended"]
        var phase = RunPhase(rawValue: row[9]) ?? .interrupted
        // A run that waits at a gate needs no process.
        let waits = phase == .waitingApproval || phase == .waitingWindow
        if ended == nil, !waits, LeaseRows.isAbandoned(owner: row["owner"], ended: nil, seenFrom: here) {
            phase = .interrupted
        }
        return RunSummary(
            id: id, kind: kind, runbook: row[2], runbookVersion: row[3], targets: row[4], targetCount: row[5],
            selector: row[6], requester: try JournalCoding.decode(Requester.self, row[7]),
            parent: (row[8] as String?).flatMap { RunID($0) }, phase: phase, started: row[10], ended: ended,
            counts: try counts(row, db), exitStatus: row[13], stopReason: row[14], planDigest: row[15],
            lastSequence: row[16], pruned: row[17])
    }

    /// As the run's ending says, or counted while it has none.
    private static func counts(_ row: Row, _ db: Database) throws -> [OutcomeClass: Int] {
        let byName: [String: Int]
        if let text: String = row["counts"] {
            byName = try JournalCoding.decode([String: Int].self, text)
        } else {
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT outcome, count(*) FROM targets WHERE run = ? AND outcome IS NOT NULL GROUP BY outcome
                    """,
                arguments: [row["key"] as Int])
            byName = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
        return byName.reduce(into: [:]) { counts, entry in
            if let outcome = OutcomeClass(rawValue: entry.key) { counts[outcome] = entry.value }
        }
    }
}
