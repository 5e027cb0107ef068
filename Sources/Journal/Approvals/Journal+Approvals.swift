import GRDB
import Model

extension Journal {
    package func site() async throws -> String {
        try await pool.read { db in
            try String.fetchOne(db, sql: "SELECT database_id FROM journal WHERE id = 1") ?? ""
        }
    }

    package func open(_ gate: GateRecord) async throws {
        try await commits.submit { transaction in
            let requirement = try JournalCoding.encode(gate.requirement)
            try transaction.db.execute(
                sql: """
                    INSERT INTO gates (run, gate, plan, requirement, opened) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET plan = excluded.plan, requirement = excluded.requirement
                    WHERE used IS NULL
                    """,
                arguments: [gate.run.description, gate.gate, gate.plan, requirement, transaction.time])
        }
    }

    package func gates(of run: RunID) async throws -> [GateRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT gate, plan, requirement, opened, used, break_glass FROM gates WHERE run = ? ORDER BY id
                    """,
                arguments: [run.description]
            ).map { row in
                GateRecord(
                    run: run, gate: row[0], plan: row[1],
                    requirement: try JournalCoding.decode(Approval.self, row[2]), opened: row[3], used: row[4],
                    breakGlass: row[5])
            }
        }
    }

    package func keep(_ approval: ApprovalRecord, _ entry: AuditEntry) async throws {
        try await commits.submit { transaction in
            try transaction.db.execute(
                sql: """
                    INSERT INTO approvals (run, gate, plan, decision, person, principal, key, statement, signature,
                        reason, given, expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    approval.run.description, approval.gate, approval.plan, approval.decision.rawValue,
                    approval.person, approval.principal, approval.key, approval.statement, approval.signature,
                    approval.reason, approval.given, approval.expires,
                ])
            guard transaction.db.changesCount > 0 else {
                throw JournalError(.alreadyUsed, "This very approval was given before.")
            }
            try transaction.audit(entry)
        }
    }

    package func approvals(ofPlan digest: String) async throws -> [ApprovalRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT run, gate, decision, person, principal, key, statement, signature, reason, given, expires
                    FROM approvals WHERE plan = ? ORDER BY id
                    """,
                arguments: [digest]
            ).compactMap { row in
                guard let run = RunID(row[0]), let decision = ApprovalRecord.Decision(rawValue: row[2]) else {
                    throw JournalError(.damaged, "An approval can't be read.", hint: "runbook db check says more.")
                }
                return ApprovalRecord(
                    run: run, gate: row[1], plan: digest, decision: decision, person: row[3], principal: row[4],
                    key: row[5], statement: row[6], signature: row[7], reason: row[8], given: row[9], expires: row[10])
            }
        }
    }

    package func use(_ gate: GateRecord, standing: [String], _ entries: [AuditEntry]) async throws {
        try await commits.submit { transaction in
            let db = transaction.db
            let row = try transaction.run(gate.run)
            try Self.checkUnpassed(gate, run: row.key, db)
            try db.execute(
                sql: """
                    INSERT INTO gates (run, gate, plan, requirement, opened, used, break_glass)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET plan = excluded.plan, requirement = excluded.requirement,
                        used = excluded.used, break_glass = excluded.break_glass
                    """,
                arguments: [
                    gate.run.description, gate.gate, gate.plan, try JournalCoding.encode(gate.requirement),
                    transaction.time, transaction.time, gate.breakGlass,
                ])
            for id in standing { try Self.count(standing: id, run: gate.run, transaction) }
            try self.audit(entries, transaction)
        }
    }

    /// A gate that was used is used again only by the process that goes on with the one that died between the use and
    /// what it was for.
    private static func checkUnpassed(_ gate: GateRecord, run: Int, _ db: Database) throws {
        let isPassed =
            if gate.gate == "start" {
                try Bool.fetchOne(
                    db, sql: "SELECT 1 FROM events WHERE run = ? AND type IN ('confirmed', 'wave_started') LIMIT 1",
                    arguments: [run])
            } else {
                try Bool.fetchOne(
                    db,
                    sql: """
                        SELECT 1 FROM attempts WHERE run = ? AND name = ? AND status = 'unchanged' LIMIT 1
                        """,
                    arguments: [run, String(gate.gate.dropFirst("step:".count))])
            }
        let former = try String.fetchOne(
            db, sql: "SELECT plan FROM gates WHERE run = ? AND gate = ? AND used IS NOT NULL",
            arguments: [gate.run.description, gate.gate])
        guard isPassed == nil, former == nil || former == gate.plan else {
            throw JournalError(
                .alreadyUsed, "Run \(gate.run.short) has used the approvals of this gate already.",
                hint: "An approval is good once. Make a new plan.")
        }
    }

    private static func count(standing id: String, run: RunID, _ transaction: JournalTransaction) throws {
        let db = transaction.db
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT limit_count, revoked, expires,
                    (SELECT count(*) FROM standing_uses WHERE standing = id AND run <> ?) AS uses
                FROM standing WHERE id = ?
                """,
            arguments: [run.description, id])
        let revoked: Int? = row?["revoked"]
        let expires: Int = row?["expires"] ?? 0
        let uses: Int = row?["uses"] ?? 0
        let limit: Int = row?["limit_count"] ?? 0
        guard revoked == nil, expires > transaction.time, uses < limit else {
            throw JournalError(.alreadyUsed, "Standing approval \(id.prefix(8)) is used up, revoked or expired.")
        }
        try db.execute(
            sql: "INSERT INTO standing_uses (standing, run, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [id, run.description, transaction.time])
    }

    package func isAttended(_ run: RunID) async throws -> Bool {
        let here = owner
        return try await pool.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT owner, ended FROM runs WHERE id = ?", arguments: [run.description])
            guard let row else { throw Self.unknown(run) }
            return !LeaseRows.isAbandoned(owner: row[0], ended: row[1], seenFrom: here)
        }
    }
}
