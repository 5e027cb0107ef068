import GRDB
import Model

/// One transaction of the journal: its time, the end of the audit chain, and the runs that it has looked at.
/// Used on the writer's queue only, and never after its transaction.
final class JournalTransaction {
    /// What a failed item must give back: the chain's end and the counters of runs.
    struct State {
        var auditSequence: Int
        var auditHash: String
        var runs: [RunID: RunRow] = [:]
    }

    /// What is known of a run inside a transaction.
    struct RunRow {
        var key: Int
        var lastSequence: Int
        var actor: Requester
        var planDigest: String?
        /// The events of this transaction that no audit record covers yet.
        var uncovered: UncoveredEvents?
    }

    /// A range of a run's events.
    struct UncoveredEvents {
        var first: Int
        var digest = EventsDigest()
    }

    let db: Database
    /// Milliseconds since 1970, never less than that of any earlier transaction.
    let time: Int
    let databaseID: String
    let owner: ProcessIdentity
    var state: State
    private let actors: ActorMemory

    /// Reads where the chain ends.
    init(_ db: Database, clock: () -> Int, owner: ProcessIdentity, actors: ActorMemory) throws {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT database_id, time, audit_sequence, audit_hash FROM journal WHERE id = 1"))
        guard let row else { throw JournalError(.damaged, "The journal has lost its own record.") }
        self.db = db
        self.owner = owner
        self.actors = actors
        databaseID = row[0]
        time = max(clock(), row[1])
        state = State(auditSequence: row[2], auditHash: row[3])
    }

    /// Adds a link to the audit chain.
    func audit(_ entry: AuditEntry) throws {
        let record = AuditChain.link(
            entry, sequence: state.auditSequence + 1, time: time, previous: state.auditHash)
        try db.cachedStatement(
            sql: "INSERT INTO audit (sequence, time, user, action, run, hash, record) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            record.sequence, record.time, entry.actor.user, entry.action.rawValue, entry.run?.description, record.hash,
            record.canonical,
        ])
        state.auditSequence = record.sequence
        state.auditHash = record.hash
    }

    /// The run's row, if this process may write to it.
    /// - Throws: `JournalError` of code `noSuchRun` or `runBusy`.
    func run(_ id: RunID) throws -> RunRow {
        if let row = state.runs[id] { return row }
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT key, last_sequence, actor, plan_digest, owner FROM runs WHERE id = ?"),
            arguments: [id.description])
        guard let row else { throw JournalError(.noSuchRun, "The journal has no run \(id.short).") }
        let holder: String? = row[4]
        guard holder == owner.text else {
            throw JournalError(
                .runBusy, "Run \(id.short) is carried out by another process.",
                hint: "If that process has ended: runbook resume \(id.short)")
        }
        let known = RunRow(
            key: row[0], lastSequence: row[1], actor: try actor(row[2]),
            planDigest: row[3])
        state.runs[id] = known
        return known
    }

    /// The requester that a row holds.
    func actor(_ text: String) throws -> Requester { try actors.actor(text) }

    /// Covers the run's events that this transaction has written with one audit record, and writes how many there are.
    func cover(_ id: RunID) throws {
        guard let row = state.runs[id], let events = row.uncovered else { return }
        try db.cachedStatement(sql: "UPDATE runs SET last_sequence = ? WHERE key = ?")
            .execute(arguments: [row.lastSequence, row.key])
        try audit(
            AuditEntry(
                actor: row.actor, action: .runEvents, run: id,
                detail: [
                    "first": String(events.first), "last": String(row.lastSequence), "digest": events.digest.value,
                ]))
        state.runs[id]?.uncovered = nil
    }

    /// Writes the chain's end and the time, and the runs' counters.
    func finish() throws {
        for id in state.runs.keys.sorted(by: { $0.description < $1.description }) { try cover(id) }
        try db.cachedStatement(
            sql: "UPDATE journal SET time = ?, audit_sequence = ?, audit_hash = ? WHERE id = 1"
        ).execute(arguments: [time, state.auditSequence, state.auditHash])
    }
}
