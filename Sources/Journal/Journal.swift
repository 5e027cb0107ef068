import GRDB
import Model
import Synchronization

/// The record of all runs, in one SQLite file: events, outputs, captured states, plans, leases and the audit chain.
///
/// Several processes may open the same file. Each has one connection that writes, which gathers what its tasks want
/// to keep into few transactions, and some that read. Nothing outside of this module knows which database it is.
package final class Journal: JournalStore {
    let pool: DatabasePool
    let commits: CommitQueue
    let outputs: OutputIntake
    let health: JournalHealth
    let settings: JournalSettings
    let file: JournalFile
    let owner: ProcessIdentity
    let watcher: ChangeWatcher
    private let redactors = Mutex<[RunID: Redactor]>([:])
    private let hidden = Mutex<[RunID: [SecretBytes]]>([:])
    /// Whom to tell of the runs that this process carries out.
    let announced = Mutex<[RunID: Notifications]>([:])

    /// Takes what `open` has made.
    init(pool: DatabasePool, settings: JournalSettings, file: JournalFile, reserve: Reserve, isReserved: Bool) {
        self.pool = pool
        self.settings = settings
        self.file = file
        owner = ProcessIdentity.current()
        health = JournalHealth(path: file.path)
        if !isReserved { health.becameFull() }
        commits = CommitQueue(pool: pool, health: health, reserve: reserve, owner: owner, settings: settings)
        outputs = OutputIntake(queue: commits, pool: pool, health: health, settings: settings, folder: file.folder)
        watcher = ChangeWatcher(path: file.path)
    }

    package func append(_ events: [RunEvent], run: RunID) async throws {
        try await append(events, sources: [], run: run)
    }

    package func append(_ events: [RunEvent], sources: [SourceFile], run: RunID) async throws {
        guard !events.isEmpty else { return }
        let redactor = redactors.withLock { $0[run] }
        let lines = try events.map { try EventLine($0, redactor: redactor) }
        let importance = lines.contains { $0.importance == .ordinary } ? Importance.ordinary : .ending
        let endings = try outputs.finish(events.compactMap(\.endedInvocation))
        let notifications = announced.withLock { $0[run] ?? Notifications() }
        let files = try SourceRows(sources)
        try await commits.submit(weight: lines.count, importance: importance) { [run] transaction in
            let outbox = OutboxRows(transaction: transaction, run: run, notifications: notifications)
            try EventWriter(transaction: transaction, run: run, endings: endings, outbox: outbox).append(lines)
            try files.insert(run, transaction)
        }
        if events.contains(where: \.endsRun) {
            outputs.forget(run)
            redactors.withLock { $0[run] = nil }
            hidden.withLock { $0[run] = nil }
            announced.withLock { $0[run] = nil }
        }
    }

    @discardableResult
    package func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws -> OutputReceipt {
        try await outputs.take(chunk, of: id, node: node, redactor: redactors.withLock { $0[id.run] })
    }

    package func store(plan: Plan, digest: String, run: RunID) async throws {
        let blob = try Blob(Array(try JournalCoding.encode(shown(plan, run: run)).utf8))
        try await commits.submit { transaction in
            let row = try transaction.run(run)
            try blob.store(transaction)
            try transaction.db.cachedStatement(
                sql: "INSERT INTO plans (digest, blob, stored) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            ).execute(arguments: [digest, blob.digest, transaction.time])
            try transaction.db.cachedStatement(sql: "UPDATE runs SET plan_digest = ? WHERE key = ?")
                .execute(arguments: [digest, row.key])
            transaction.state.runs[run]?.planDigest = digest
            try transaction.audit(
                AuditEntry(
                    actor: row.actor, action: .planStored, run: run, planDigest: digest,
                    detail: ["bytes": blob.digest]))
        }
    }

    package func claim(node: String, run: RunID) async throws -> Int {
        try await commits.submit { try LeaseRows(transaction: $0).claim(node: node, run: run) }
    }

    package func release(node: String, run: RunID) async throws {
        try await commits.submit(importance: .ending) { try LeaseRows(transaction: $0).release(node: node, run: run) }
    }

    package func adopt(run: RunID) async throws {
        let actor = settings.actor
        try await commits.submit { try RunRows.adopt(run, by: actor, $0) }
    }

    package func shown(_ event: RunEvent, run: RunID) -> RunEvent {
        redactors.withLock { $0[run] }?.redacted(event) ?? event
    }

    package func shown(_ plan: Plan, run: RunID) -> Plan {
        redactors.withLock { $0[run] }?.redacted(plan) ?? plan
    }

    package func hide(_ secrets: [SecretBytes], run: RunID) {
        hidden.withLock { hidden in
            var known = hidden[run] ?? []
            for secret in secrets where !known.contains(where: { $0.exposed == secret.exposed }) {
                known.append(secret)
            }
            guard known.count > hidden[run]?.count ?? 0, let redactor = Redactor(known) else { return }
            hidden[run] = known
            redactors.withLock { $0[run] = redactor }
        }
    }

    /// Keeps `entries` in the audit trail, and what is to be told of them.
    func audit(_ entries: [AuditEntry], _ transaction: JournalTransaction) throws {
        for entry in entries {
            try transaction.audit(entry)
            guard let run = entry.run, let notifications = announced.withLock({ $0[run] }) else { continue }
            var told = entry
            if let redactor = redactors.withLock({ $0[run] }) {
                told.outcome = told.outcome.map(redactor.redact)
                told.detail = told.detail.mapValues(redactor.redact)
            }
            try OutboxRows(transaction: transaction, run: run, notifications: notifications).tell(told)
        }
    }

    package func close() async throws {
        outputs.flush()
        try? await commits.submit(weight: 0, importance: .ending) { _ in }
        watcher.close()
        // So that the next process finds little to recover. Passive: it never waits for those who still read.
        try? await pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
        try pool.close()
    }
}

extension RunEvent {
    fileprivate var endsRun: Bool {
        if case .runFinished = self { return true }
        return false
    }
}
