/// A message that somebody is to be told.
package struct OutboxRecord: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case waiting, sent
        /// Nobody tries any more.
        case failed
    }

    /// The same however often it is delivered. 32 hexadecimal digits.
    package var id: String
    package var run: RunID?
    /// The receiver's name in the inventory.
    package var receiver: String
    package var occasion: Notifications.Occasion
    /// Canonical JSON. Never holds a secret.
    package var body: String
    /// Milliseconds since 1970.
    package var created: Int
    /// When it is tried next, in milliseconds since 1970.
    package var due: Int
    /// Tries so far, one in progress included.
    package var attempts: Int
    package var state: State
    /// When it was sent or given up.
    package var settled: Int?
    /// Why the last try failed; empty where none has.
    package var error: String

    package init(
        id: String, run: RunID?, receiver: String, occasion: Notifications.Occasion, body: String, created: Int,
        due: Int, attempts: Int = 0, state: State = .waiting, settled: Int? = nil, error: String = ""
    ) {
        self.id = id
        self.run = run
        self.receiver = receiver
        self.occasion = occasion
        self.body = body
        self.created = created
        self.due = due
        self.attempts = attempts
        self.state = state
        self.settled = settled
        self.error = error
    }
}

/// What became of a try to deliver a message.
package enum Delivery: Sendable, Hashable {
    case sent
    /// It failed, and is tried again.
    case postponed(by: Duration, error: String)
    /// It failed for good.
    case givenUp(error: String)
}

/// What the journal keeps of messages that are to be sent: at least once each, by one process at a time.
package protocol NotificationStore: Sendable {
    /// From now on, and as long as this process carries `run` out, its events make messages, in the same transaction.
    func announce(_ notifications: Notifications, of run: RunID)

    /// Makes `message` to be sent to each of `receivers`; `key` tells what it is about from all else of its occasion.
    func post(_ message: NotificationMessage, to receivers: [String], key: String) async throws

    /// Claims messages that are due, the oldest first. A claim ends with its process, or after `duration`.
    func claimMessages(limit: Int, for duration: Duration) async throws -> [OutboxRecord]

    /// Keeps what became of a message that this process has claimed; of one that is sent or given up with an audit
    /// record.
    /// - Returns: false where the claim was lost.
    @discardableResult
    func settle(_ message: OutboxRecord, _ delivery: Delivery) async throws -> Bool

    /// Messages, the newest first.
    func outbox(_ state: OutboxRecord.State?, limit: Int) async throws -> [OutboxRecord]
}
