import GRDB
import Model

extension Journal {
    package func announce(_ notifications: Notifications, of run: RunID) {
        announced.withLock { $0[run] = notifications.isEmpty ? nil : notifications }
    }

    package func post(_ message: NotificationMessage, to receivers: [String], key: String) async throws {
        try await commits.submit { transaction in
            try OutboxRows.insert(message, run: nil, to: receivers, key: key, transaction)
        }
    }

    package func claimMessages(limit: Int, for duration: Duration) async throws -> [OutboxRecord] {
        let now = settings.clock()
        let isAnyDue = try await pool.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT 1 FROM outbox
                    WHERE state = 'waiting' AND due <= max(?, (SELECT time FROM journal WHERE id = 1)) LIMIT 1
                    """,
                arguments: [now])
        }
        guard isAnyDue != nil else { return [] }
        return try await commits.submit { transaction in
            let rows = try Row.fetchAll(
                transaction.db,
                sql: "SELECT * FROM outbox WHERE state = 'waiting' AND due <= ? ORDER BY due, sequence LIMIT ?",
                arguments: [transaction.time, limit * 4])
            let free = rows.filter { row in
                guard let owner: String = row["owner"], let until: Int = row["claimed_until"] else { return true }
                return until <= transaction.time
                    || ProcessIdentity(text: owner)?.isGone(seenFrom: transaction.owner) ?? true
            }
            return try free.prefix(limit).map { row in
                try transaction.db.execute(
                    sql: "UPDATE outbox SET owner = ?, claimed_until = ?, attempts = attempts + 1 WHERE id = ?",
                    arguments: [
                        transaction.owner.text, transaction.time + duration.wholeMilliseconds, row["id"] as String,
                    ])
                var message = try Self.message(row)
                message.attempts += 1
                return message
            }
        }
    }

    @discardableResult
    package func settle(_ message: OutboxRecord, _ delivery: Delivery) async throws -> Bool {
        let actor = settings.actor
        return try await commits.submit(importance: .ending) { transaction in
            let db = transaction.db
            var (state, due, error) = (OutboxRecord.State.waiting, message.due, "")
            switch delivery {
            case .sent: state = .sent
            case .postponed(let delay, let why): (due, error) = (transaction.time + delay.wholeMilliseconds, why)
            case .givenUp(let why): (state, error) = (.failed, why)
            }
            // A claim that was lost and taken anew has counted one more try.
            try db.execute(
                sql: """
                    UPDATE outbox SET state = ?, due = ?, error = ?, settled = ?, owner = NULL, claimed_until = NULL
                    WHERE id = ? AND owner = ? AND attempts = ? AND state = 'waiting'
                    """,
                arguments: [
                    state.rawValue, due, error, state == .waiting ? nil : transaction.time, message.id,
                    transaction.owner.text, message.attempts,
                ])
            guard db.changesCount == 1 else { return false }
            guard state != .waiting else { return true }
            try transaction.audit(
                AuditEntry(
                    actor: actor, action: state == .sent ? .notificationSent : .notificationFailed, run: message.run,
                    outcome: error.isEmpty ? nil : error,
                    detail: [
                        "id": message.id, "receiver": message.receiver, "occasion": message.occasion.rawValue,
                        "attempts": String(message.attempts),
                    ]))
            return true
        }
    }

    package func outbox(_ state: OutboxRecord.State?, limit: Int) async throws -> [OutboxRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM outbox WHERE (:state IS NULL OR state = :state)
                    ORDER BY sequence DESC LIMIT :limit
                    """,
                arguments: ["state": state?.rawValue, "limit": limit]
            ).map(Self.message)
        }
    }

    private static func message(_ row: Row) throws -> OutboxRecord {
        guard let occasion = Notifications.Occasion(rawValue: row["occasion"]),
            let state = OutboxRecord.State(rawValue: row["state"])
        else { throw JournalError(.damaged, "A message can't be read.", hint: "runbook db check says more.") }
        return OutboxRecord(
            id: row["id"], run: (row["run"] as String?).flatMap { RunID($0) }, receiver: row["receiver"],
            occasion: occasion, body: row["body"], created: row["created"], due: row["due"],
            attempts: row["attempts"], state: state, settled: row["settled"], error: row["error"])
    }
}
