import GRDB
import Model

/// Writes a run's events, what they say of runs, targets and attempts, and their audit records.
struct EventWriter {
    let transaction: JournalTransaction
    let run: RunID
    /// What is known of the outputs of attempts that end here.
    let endings: [InvocationID: [StreamEnding]]
    /// Where what is to be told goes.
    let outbox: OutboxRows

    private var db: Database { transaction.db }

    /// Appends `lines` in order.
    func append(_ lines: [EventLine]) throws {
        guard let first = lines.first else { return }
        if case .runStarted(let header) = first.event {
            guard header.id == run else {
                throw JournalError(.misuse, "A run began with the header of another one.")
            }
            try RunRows.insert(header, transaction)
        }
        if case .resumed(let requester) = first.event { try RunRows.adopt(run, by: requester, transaction) }
        var row = try transaction.run(run)
        let isNew = row.lastSequence == 0
        var events = row.uncovered ?? JournalTransaction.UncoveredEvents(first: row.lastSequence + 1)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO events (run, sequence, time, type, node, body) VALUES (?, ?, ?, ?, ?, ?)")
        for (index, line) in lines.enumerated() {
            if case .runStarted = line.event, index > 0 || !isNew {
                throw JournalError(.misuse, "Run \(run.short) was started twice.")
            }
            row.lastSequence += 1
            try statement.execute(arguments: [
                row.key, row.lastSequence, transaction.time, line.type, line.node, line.body,
            ])
            events.digest.add(sequence: row.lastSequence, time: transaction.time, type: line.type, body: line.body)
            if case .planned(let plan) = line.event { row.planDigest = plan.digest }
            try apply(line, row)
            try outbox.tell(line.event, sequence: row.lastSequence)
        }
        row.uncovered = events
        transaction.state.runs[run] = row
    }

    private func apply(_ line: EventLine, _ row: JournalTransaction.RunRow) throws {
        let targets = TargetRows(db: db, run: row.key)
        var digests: [OutputChunk.Stream: String] = [:]
        let attempts = AttemptRows(transaction: transaction, run: row.key, id: run)
        switch line.event {
        case .runStarted, .stopping, .warning, .waveStarted, .waveEnded, .leased, .released, .confirmed, .guardArmed,
            .guardSettled, .advised, .verified, .nodeFailing:
            break
        case .resumed: try RunRows.resumed(run: row.key, db)
        case .phaseChanged(let phase):
            try db.cachedStatement(sql: "UPDATE runs SET phase = ? WHERE key = ?")
                .execute(arguments: [phase.rawValue, row.key])
        case .nodeStateChanged(let node, let state): try targets.set(state, of: node)
        case .connected(let node, let identity): try targets.set(identity, of: node)
        case .surveyed(let node, let survey): try targets.set(survey.verdict, of: node)
        case .probeAnswered(let node, let answer):
            try attempts.answered(answer, node: node)
            if let id = answer.invocation { _ = try finish(id, row) }
        case .planned(let plan):
            try RunRows.planned(plan, run: row.key, db)
        case .stepIntended(let node, let intent):
            try LeaseRows(transaction: transaction).check(node: node, run: run)
            try attempts.intended(intent, node: node)
        case .stepStarted(_, let id): try attempts.started(id)
        case .captured(let node, let step, let capture):
            try line.blob?.store(transaction)
            try db.cachedStatement(
                sql: """
                    INSERT INTO captures (run, sequence, node, plan_step, target, step, attempt, digest, blob)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                row.key, row.lastSequence, node, step, capture.id.target, capture.id.step, capture.id.attempt,
                capture.digest, line.blob?.digest,
            ])
        case .stepEnded(let node, let ending):
            try attempts.ended(ending, node: node)
            digests = try finish(ending.id, row)
        case .nodeFinished(let node, let outcome): try targets.set(outcome, of: node)
        case .runFinished(let ending): try RunRows.finished(ending, run: row.key, time: transaction.time, db)
        }
        if let entry = try auditEntry(line.event, row, digests) { try transaction.audit(entry) }
    }

    private func finish(
        _ id: InvocationID, _ row: JournalTransaction.RunRow
    ) throws -> [OutputChunk.Stream: String] {
        try OutputRows(transaction: transaction, run: row.key).finish(id, known: endings[id] ?? [])
    }

    private static func words(_ outcome: InvocationOutcome) -> String {
        switch outcome {
        case .exited(let status): "exit \(status)"
        case .timedOut: "timed out"
        case .cancelled: "cancelled"
        case .outputLimitExceeded: "output limit exceeded"
        case .notStarted(let reason): "not started: \(reason)"
        case .lost(let reason): "lost: \(reason)"
        }
    }

    /// What an auditor reads without unfolding events; nil for events that only `run.events` covers.
    private func auditEntry(
        _ event: RunEvent, _ row: JournalTransaction.RunRow, _ digests: [OutputChunk.Stream: String]
    ) throws -> AuditEntry? {
        func entry(
            _ action: AuditAction, by actor: Requester? = nil, nodes: String? = nil, outcome: String? = nil,
            _ detail: [String: String] = [:]
        ) -> AuditEntry {
            AuditEntry(
                actor: actor ?? row.actor, action: action, run: run, nodes: nodes, planDigest: row.planDigest,
                outcome: outcome, detail: detail.filter { !$0.value.isEmpty })
        }
        switch event {
        case .runStarted(let header):
            return entry(
                .runStarted, nodes: header.targets.folded,
                [
                    "kind": header.kind.rawValue, "runbook": header.runbook,
                    "version": header.runbook.isEmpty ? "" : String(header.runbookVersion),
                    "selector": header.selector, "program": header.program,
                    "parent": header.parent?.description ?? "",
                    "parameters": header.parameters.isEmpty ? "" : try JournalCoding.encode(header.parameters),
                    "command": header.command.isEmpty ? "" : try JournalCoding.encode(header.command),
                ])
        case .planned(let plan):
            return entry(
                .runPlanned, outcome: "\(plan.predicted) of \(plan.predictable) predicted",
                ["gate": plan.gate.rawValue, "stops_at_failure": String(plan.stopsAtFailure)])
        case .confirmed(let requester, let digest):
            var entry = entry(.runConfirmed, by: requester)
            entry.planDigest = digest
            return entry
        case .resumed(let requester): return entry(.runResumed, by: requester)
        case .stopping(let reason): return entry(.runStopping, outcome: reason)
        case .guardArmed(let node, let id): return entry(.guardArmed, nodes: node, ["id": id.description])
        case .guardSettled(let node, let id, let fired):
            return entry(
                .guardSettled, nodes: node, outcome: fired ? "fired" : "disarmed", ["id": id.description])
        case .stepIntended(let node, let intent):
            return entry(
                .stepIntended, nodes: node,
                [
                    "id": intent.id.description, "step": intent.name, "verb": intent.verb,
                    "purpose": intent.purpose.rawValue, "script": intent.scriptDigest, "host": intent.host ?? "",
                    "machine_id": intent.machineID, "boot_id": intent.bootID,
                ])
        case .stepEnded(let node, let ending):
            var detail = [
                "id": ending.id.description, "step": ending.name, "purpose": ending.purpose.rawValue,
                "ending": ending.outcome.map(Self.words) ?? "",
            ]
            for (stream, digest) in digests { detail[stream.rawValue] = digest }
            return entry(.stepEnded, nodes: node, outcome: ending.status.rawValue, detail)
        case .nodeFinished(let node, let outcome):
            return entry(
                .nodeFinished, nodes: node, outcome: outcome.outcome.rawValue,
                ["text": outcome.text, "step": outcome.step ?? ""])
        case .runFinished(let ending):
            let counts = ending.counts.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
            return entry(
                .runFinished, outcome: counts,
                ["exit_status": String(ending.exitStatus), "stop_reason": ending.stopReason ?? ""])
        default: return nil
        }
    }
}
