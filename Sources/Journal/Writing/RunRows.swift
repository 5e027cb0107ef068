import GRDB
import Model

/// Writes what events say of a run as a whole.
enum RunRows {
    /// A new run and its targets, carried out by this process.
    static func insert(_ header: RunHeader, _ transaction: JournalTransaction) throws {
        let db = transaction.db
        let requester = try JournalCoding.encode(header.requester)
        let exists = try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM runs WHERE id = ?"), arguments: [header.id.description])
        guard exists == nil else {
            throw JournalError(.misuse, "Run \(header.id.short) was started twice.")
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO runs (id, kind, runbook, runbook_version, selector, targets, target_count, user, requester,
                    actor, parent, header, phase, started, last_sequence, owner)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
                """
        ).execute(arguments: [
            header.id.description, header.kind.rawValue, header.runbook, header.runbookVersion, header.selector,
            header.targets.folded, header.targets.count, header.requester.user, requester, requester,
            header.parent?.description, try JournalCoding.encode(header), RunPhase.surveying.rawValue,
            transaction.time, transaction.owner.text,
        ])
        let key = db.lastInsertedRowID
        let statement = try db.cachedStatement(
            sql: "INSERT INTO targets (run, position, node, state) VALUES (?, ?, ?, ?)")
        for (position, node) in header.targets.names.enumerated() {
            try statement.execute(arguments: [key, position, node, NodeState.queued.rawValue])
        }
    }

    /// Makes this process the one that carries the run out, unless another that may live does.
    static func adopt(_ run: RunID, by actor: Requester, _ transaction: JournalTransaction) throws {
        let db = transaction.db
        let text = try Row.fetchOne(db, sql: "SELECT owner FROM runs WHERE id = ?", arguments: [run.description])
        guard let text else { throw Journal.unknown(run) }
        let holder = (text[0] as String?).flatMap { ProcessIdentity(text: $0) }
        if let holder, holder != transaction.owner, !holder.isGone(seenFrom: transaction.owner) {
            throw busy(run, holder, seenFrom: transaction.owner)
        }
        try db.execute(
            sql: "UPDATE runs SET owner = ?, actor = ? WHERE id = ?",
            arguments: [transaction.owner.text, try JournalCoding.encode(actor), run.description])
        try transaction.cover(run)
        transaction.state.runs[run] = nil
        guard holder != transaction.owner else { return }
        // Its leases go with it: they stay the run's, but are this process's now.
        try db.execute(
            sql: "UPDATE leases SET owner = ? WHERE run = ?", arguments: [transaction.owner.text, run.description])
        try transaction.audit(AuditEntry(actor: actor, action: .runAdopted, run: run))
    }

    private static func busy(_ run: RunID, _ holder: ProcessIdentity, seenFrom here: ProcessIdentity) -> JournalError {
        let process = "Run \(run.short) is still carried out by process \(holder.pid)"
        guard !holder.isSeen(from: here) else {
            return JournalError(
                .runBusy, "\(process).", hint: "runbook logs \(run.short) --follow shows what it does.")
        }
        let place = holder.machine == here.machine ? "another container" : "another machine, \(holder.machine)"
        return JournalError(
            .runBusy, "\(process) of \(place), as far as can be known here.",
            hint: "If it is gone for good: runbook db disown \(run.short) --reason '…'")
    }

    /// A run that goes on has no ending any more.
    static func resumed(run: Int, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE runs SET phase = ?, ended = NULL, counts = NULL, exit_status = NULL, stop_reason = NULL
                WHERE key = ?
                """
        ).execute(arguments: [RunPhase.running.rawValue, run])
    }

    static func planned(_ plan: PlanSummary, run: Int, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE runs SET plan_digest = ? WHERE key = ?")
            .execute(arguments: [plan.digest, run])
        let statement = try db.cachedStatement(sql: "UPDATE targets SET wave = ? WHERE run = ? AND node = ?")
        for (index, wave) in plan.waves.enumerated() {
            for node in wave.names { try statement.execute(arguments: [index, run, node]) }
        }
    }

    static func finished(_ ending: RunEnding, run: Int, time: Int, _ db: Database) throws {
        let counts = Dictionary(uniqueKeysWithValues: ending.counts.map { ($0.key.rawValue, $0.value) })
        try db.cachedStatement(
            sql: """
                UPDATE runs SET phase = ?, ended = ?, counts = ?, exit_status = ?, stop_reason = ?, owner = NULL
                WHERE key = ?
                """
        ).execute(arguments: [
            RunPhase.finished.rawValue, time, try JournalCoding.encode(counts), ending.exitStatus, ending.stopReason,
            run,
        ])
    }
}

/// Writes what events say of a run's targets. Nodes that are no targets, such as role hosts, are passed over.
struct TargetRows {
    let db: Database
    let run: Int

    func set(_ state: NodeState, of node: String) throws {
        try db.cachedStatement(sql: "UPDATE targets SET state = ? WHERE run = ? AND node = ?")
            .execute(arguments: [state.rawValue, run, node])
    }

    func set(_ identity: NodeIdentity, of node: String) throws {
        try db.cachedStatement(sql: "UPDATE targets SET boot_id = ?, machine_id = ? WHERE run = ? AND node = ?")
            .execute(arguments: [identity.bootID, identity.machineID, run, node])
    }

    func set(_ verdict: Verdict, of node: String) throws {
        try db.cachedStatement(sql: "UPDATE targets SET verdict = ? WHERE run = ? AND node = ?")
            .execute(arguments: [verdict.rawValue, run, node])
    }

    func set(_ outcome: NodeOutcome, of node: String) throws {
        try db.cachedStatement(sql: "UPDATE targets SET outcome = ?, result = ? WHERE run = ? AND node = ?")
            .execute(arguments: [outcome.outcome.rawValue, try JournalCoding.encode(outcome), run, node])
    }
}
