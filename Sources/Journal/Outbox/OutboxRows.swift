import GRDB
import Model

/// Writes messages beside what they tell of, in the same transaction.
struct OutboxRows {
    let transaction: JournalTransaction
    let run: RunID
    let notifications: Notifications

    private var db: Database { transaction.db }

    /// What `event`, the `sequence`th of its run, is to be told.
    func tell(_ event: RunEvent, sequence: Int) throws {
        if notifications.isEmpty { return }
        switch event {
        case .runStarted: try write(.start, key: "start")
        case .phaseChanged(.waitingApproval):
            // A run that waits at the same gate again has told so.
            let gates = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM gates WHERE run = ?", arguments: [run.description])
            try write(.approval, key: "gate \(gates ?? 0)")
        case .runFinished(let ending):
            try write(ending.exitStatus == 0 ? .success : .failure, key: "end \(sequence)", ending: ending)
        default: break
        }
    }

    /// What an audit record that is no event is to be told.
    func tell(_ entry: AuditEntry) throws {
        switch entry.action {
        case .windowClosing: try write(.windowClosing, key: "window closing", reason: entry.outcome)
        case .windowClosed: try write(.windowClosing, key: "window", reason: entry.outcome)
        case .breakGlassUsed:
            try write(
                .breakGlass, key: "break glass \(entry.detail["gate"] ?? "")", reason: entry.detail["reason"])
        default: break
        }
    }

    private func write(
        _ occasion: Notifications.Occasion, key: String, ending: RunEnding? = nil, reason: String? = nil
    ) throws {
        guard let receivers = notifications.receivers[occasion], !receivers.isEmpty else { return }
        let text = try String.fetchOne(
            db.cachedStatement(sql: "SELECT header FROM runs WHERE id = ?"), arguments: [run.description])
        guard let text else { return }
        var message = NotificationMessage(
            occasion: occasion, header: try JournalCoding.decode(RunHeader.self, text),
            site: transaction.databaseID, time: transaction.time)
        message.ending = ending
        message.reason = ending?.stopReason ?? reason
        try Self.insert(message, run: run, to: receivers, key: key, transaction)
    }

    /// A message to each receiver, once for what `key` names.
    static func insert(
        _ message: NotificationMessage, run: RunID?, to receivers: [String], key: String,
        _ transaction: JournalTransaction
    ) throws {
        var message = message
        for receiver in Set(receivers).sorted() {
            let parts = [
                transaction.databaseID, run?.description ?? "", key, message.occasion.rawValue, receiver,
            ]
            message.id = String(Digest.of(parts.joined(separator: "\n")).prefix(32))
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO outbox (id, run, receiver, occasion, body, created, due) VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """
            ).execute(arguments: [
                message.id, run?.description, receiver, message.occasion.rawValue, message.json, transaction.time,
                transaction.time,
            ])
        }
    }
}
