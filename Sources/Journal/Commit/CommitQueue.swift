import Dispatch
import GRDB
import Glibc
import Model
import Synchronization

/// Gathers what many tasks want to keep, and commits it in few transactions.
///
/// While one transaction is being committed, what arrives waits and goes into the next one together, so that an idle
/// journal answers after one sync and a busy one needs few. What fails for its own reasons is undone alone.
final class CommitQueue: Sendable {
    /// One piece of work. It may be carried out a second time after the first transaction was rolled back.
    struct Item: Sendable {
        var weight: Int
        var importance: Importance
        var work: @Sendable (JournalTransaction) throws -> Void
        var completion: @Sendable (Result<Void, any Error>) -> Void
    }

    private enum Turn { case idle, delayed, coming }

    private struct Waiting: Sendable {
        var items: [Item] = []
        var turn = Turn.idle
        /// How many items the last transaction had.
        var lastCount = 0
    }

    /// After a transaction with so many items the next one waits a moment for the others that are at work, since a
    /// transaction costs more than what is in it. Whoever is alone never waits.
    private static let crowd = 6
    private static let moment = Duration.milliseconds(2)

    private let waiting = Mutex(Waiting())
    private let pool: DatabasePool
    private let health: JournalHealth
    private let reserve: Reserve
    private let clock: @Sendable () -> Int
    private let owner: ProcessIdentity
    private let batchLimit: Int
    private let busyTimeout: Duration
    private let actors = ActorMemory()

    init(pool: DatabasePool, health: JournalHealth, reserve: Reserve, owner: ProcessIdentity, settings: JournalSettings)
    {
        self.pool = pool
        self.health = health
        self.reserve = reserve
        self.owner = owner
        clock = settings.clock
        batchLimit = settings.batchLimit
        busyTimeout = settings.busyTimeout
    }

    /// Carries `work` out in a transaction with whatever else waits, and returns once it is durable.
    ///
    /// Cancelling the task changes nothing: what was handed over is committed.
    func submit<T: Sendable>(
        weight: Int = 1, importance: Importance = .ordinary,
        _ work: @escaping @Sendable (JournalTransaction) throws -> T
    ) async throws -> T {
        let answer = Answer<T>()
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let item = Item(weight: weight, importance: importance) { transaction in
                let value = try work(transaction)
                answer.value.withLock { $0 = value }
            } completion: { result in
                continuation.resume(with: result)
            }
            enqueue(item, delay: nil)
        }
        guard let value = answer.value.withLock({ $0 }) else {
            throw JournalError(.misuse, "A transaction ended without an answer.")
        }
        return value
    }

    /// Hands `item` over. With a `delay` it may wait so long for company; without one it is taken at once.
    func enqueue(_ item: Item, delay: Duration?) {
        let mustSchedule: Turn? = waiting.withLock { waiting in
            waiting.items.append(item)
            switch (waiting.turn, delay) {
            case (.coming, _), (.delayed, .some): return nil
            case (.idle, .some):
                waiting.turn = .delayed
                return .delayed
            case (.idle, nil), (.delayed, nil):
                waiting.turn = .coming
                return .coming
            }
        }
        switch mustSchedule {
        case .coming: pool.asyncWriteWithoutTransaction { [self] db in drain(db) }
        case .delayed:
            let time = DispatchTime.now() + .milliseconds(delay?.wholeMilliseconds ?? 0)
            DispatchQueue.global().asyncAfter(deadline: time) { [self] in
                let isMine = waiting.withLock { waiting in
                    guard waiting.turn == .delayed else { return false }
                    waiting.turn = .coming
                    return true
                }
                if isMine { pool.asyncWriteWithoutTransaction { [self] db in drain(db) } }
            }
        case .idle, nil: break
        }
    }

    private func drain(_ db: Database) {
        repeat {
            if waiting.withLock({ $0.lastCount >= Self.crowd }) { usleep(UInt32(Self.moment.wholeMilliseconds) * 1000) }
            guard let batch = nextBatch() else { return }
            carryOut(batch, db)
        } while true
    }

    private func nextBatch() -> [Item]? {
        waiting.withLock { waiting in
            guard !waiting.items.isEmpty else {
                waiting.turn = .idle
                waiting.lastCount = 0
                return nil
            }
            var weight = 0
            var count = 0
            for item in waiting.items {
                if count > 0, weight + item.weight > batchLimit { break }
                weight += item.weight
                count += 1
            }
            let batch = Array(waiting.items.prefix(count))
            waiting.items.removeFirst(count)
            waiting.lastCount = count
            return batch
        }
    }

    private func carryOut(_ batch: [Item], _ db: Database) {
        let batch = admitted(batch)
        guard !batch.isEmpty else { return }
        do {
            try commit(batch, db)
        } catch let error as DatabaseError where error.isFull {
            health.becameFull()
            reserve.release()
            let endings = admitted(batch)
            guard !endings.isEmpty else { return }
            do {
                try commit(endings, db)
            } catch {
                fail(endings, error)
            }
        } catch {
            fail(batch, error)
        }
    }

    /// Those of `batch` that may still be kept; the others are answered.
    private func admitted(_ batch: [Item]) -> [Item] {
        batch.filter { item in
            do {
                try health.check(item.importance)
                return true
            } catch {
                item.completion(.failure(error))
                return false
            }
        }
    }

    private func fail(_ batch: [Item], _ error: any Error) {
        let answer: any Error
        switch error {
        case let error as DatabaseError where error.isFull: answer = health.fullError
        case let error as DatabaseError where error.isLocked:
            answer = JournalError(
                .locked, "Another process kept the journal locked for longer than \(busyTimeout).",
                hint: "See which one holds it, for example with fuser, then: runbook resume")
        case let error as DatabaseError:
            // Never tried again: after a failed sync the kernel may report the next one as good.
            health.failed(error.reason)
            answer = health.failedError(error.reason)
        default: answer = error
        }
        for item in batch { item.completion(.failure(answer)) }
    }

    /// Commits `batch` as one transaction and answers every item; throws, without an answer, if none was kept.
    ///
    /// Items hardly ever fail for their own reasons, so at first none can be undone alone, which costs two statements
    /// each; if one fails, all begins again with that.
    private func commit(_ batch: [Item], _ db: Database) throws {
        do {
            let results = try transact(db) { transaction in
                for item in batch { try item.work(transaction) }
                return batch.map { _ in Result<Void, any Error>.success(()) }
            }
            for (item, result) in zip(batch, results) { item.completion(result) }
        } catch let error where !Self.concernsAll(error) {
            let results = try transact(db) { transaction in
                try batch.map { try Self.carryOut($0, transaction) }
            }
            for (item, result) in zip(batch, results) { item.completion(result) }
        }
    }

    private func transact<R>(_ db: Database, _ work: (JournalTransaction) throws -> R) throws -> R {
        var result: R?
        try db.inTransaction(.immediate) {
            let transaction = try JournalTransaction(db, clock: clock, owner: owner, actors: actors)
            result = try work(transaction)
            try transaction.finish()
            return .commit
        }
        guard let result else { throw JournalError(.misuse, "A transaction ended without an answer.") }
        return result
    }

    /// Whether an error says that nothing of the transaction can be kept.
    private static func concernsAll(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.isFull || error.isFailure || error.isLocked
    }

    /// An item's own result; throws what concerns the whole transaction.
    private static func carryOut(_ item: Item, _ transaction: JournalTransaction) throws -> Result<Void, any Error> {
        let before = transaction.state
        var failure: (any Error)?
        do {
            try transaction.db.inSavepoint {
                try item.work(transaction)
                return .commit
            }
        } catch let error where concernsAll(error) {
            throw error
        } catch let error as DatabaseError {
            failure = JournalError(.misuse, "The journal refused a row: \(error.reason).")
        } catch {
            failure = error
        }
        guard let failure else { return .success(()) }
        transaction.state = before
        return .failure(failure)
    }
}

/// Where an item leaves its answer until it is durable.
private final class Answer<T: Sendable>: Sendable {
    let value = Mutex<T?>(nil)
}
