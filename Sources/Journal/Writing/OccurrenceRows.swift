import GRDB
import Model

/// Writes what is decided of jobs' occurrences.
struct OccurrenceRows {
    let transaction: JournalTransaction

    private var db: Database { transaction.db }

    /// Returns false where the occurrence, or a later one of its job, is decided already.
    func insert(_ occurrence: OccurrenceRecord, by actor: Requester) throws -> Bool {
        try db.cachedStatement(sql: "UPDATE jobs SET decided = ? WHERE job = ? AND decided < ?")
            .execute(arguments: [occurrence.occurrence, occurrence.job, occurrence.occurrence])
        guard db.changesCount == 1 else { return false }
        try db.cachedStatement(
            sql: """
                INSERT INTO occurrences (job, occurrence, state, run, decided, missed, text)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            occurrence.job, occurrence.occurrence, occurrence.state.rawValue, occurrence.run?.description,
            transaction.time, occurrence.missed, occurrence.text,
        ])
        try take(occurrence)
        try audit(occurrence, by: actor)
        return true
    }

    /// Returns false where it does not wait.
    func dequeue(_ occurrence: OccurrenceRecord, run: RunID, by actor: Requester) throws -> Bool {
        try db.cachedStatement(
            sql: """
                UPDATE occurrences SET state = 'started', run = ?, decided = ?
                WHERE job = ? AND occurrence = ? AND state = 'queued'
                """
        ).execute(arguments: [run.description, transaction.time, occurrence.job, occurrence.occurrence])
        guard db.changesCount == 1 else { return false }
        var started = occurrence
        started.state = .started
        started.run = run
        try take(started)
        try audit(started, by: actor)
        return true
    }

    func fail(_ occurrence: OccurrenceRecord, _ text: String, by actor: Requester) throws {
        try db.cachedStatement(
            sql: "UPDATE occurrences SET state = 'failed', text = ? WHERE job = ? AND occurrence = ?"
        ).execute(arguments: [text, occurrence.job, occurrence.occurrence])
        if let run = occurrence.run {
            try db.cachedStatement(sql: "DELETE FROM service_runs WHERE run = ?").execute(arguments: [run.description])
        }
        var failed = occurrence
        failed.state = .failed
        failed.text = text
        try audit(failed, by: actor)
    }

    private func take(_ occurrence: OccurrenceRecord) throws {
        guard occurrence.state == .started, let run = occurrence.run else { return }
        try db.cachedStatement(sql: "INSERT INTO service_runs (run, job, taken) VALUES (?, ?, ?)")
            .execute(arguments: [run.description, occurrence.job, transaction.time])
    }

    private func audit(_ occurrence: OccurrenceRecord, by actor: Requester) throws {
        let action: AuditAction =
            switch occurrence.state {
            case .started: .scheduleStarted
            case .queued: .scheduleQueued
            case .skipped: .scheduleSkipped
            case .missed: .scheduleMissed
            case .failed: .scheduleFailed
            }
        var detail = ["job": occurrence.job, "occurrence": String(occurrence.occurrence)]
        if occurrence.missed > 0 { detail["missed"] = String(occurrence.missed) }
        try transaction.audit(
            AuditEntry(
                actor: actor, action: action, run: occurrence.run,
                outcome: occurrence.text.isEmpty ? nil : occurrence.text, detail: detail))
    }
}
