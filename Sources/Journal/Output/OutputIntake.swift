import Dispatch
import GRDB
import Model
import Synchronization

/// Takes outputs of many attempts, cuts them at their budgets, hides secrets, packs them into blocks and hands those to
/// the commit queue. What waits longer than a moment is handed over although its block is not full.
final class OutputIntake: Sendable {
    private struct State: Sendable {
        var streams: [StreamKey: StreamIntake] = [:]
        var attemptBytes: [InvocationID: Int] = [:]
        var runBytes: [RunID: Int] = [:]
        /// Packed bytes that are handed over and not stored yet.
        var inFlight = 0
        var isFlushComing = false
        /// Bytes taken since the free space was looked at.
        var sinceSpaceCheck = Int.max
        var isSpaceShort = false
        var failure: JournalError?
    }

    /// Output in memory at most, before those who bring it have to wait.
    private static let highWater = 8 << 20
    private static let flushDelay = DispatchTimeInterval.milliseconds(200)
    private static let spaceCheckInterval = 16 << 20

    /// Held from cutting a stream's block until it stands in the queue, so that blocks of one stream keep their order.
    private final class Lane: Sendable { let lock = Mutex(()) }

    private let lanes = (0..<16).map { _ in Lane() }
    private let state = Mutex(State())
    private let queue: CommitQueue
    private let pool: DatabasePool
    private let health: JournalHealth
    private let settings: JournalSettings
    private let folder: String

    init(queue: CommitQueue, pool: DatabasePool, health: JournalHealth, settings: JournalSettings, folder: String) {
        self.queue = queue
        self.pool = pool
        self.health = health
        self.settings = settings
        self.folder = folder
    }

    /// Takes a chunk. Waits only when much output is on its way to the disk already.
    func take(_ chunk: OutputChunk, of id: InvocationID, node: String, redactor: Redactor?) async throws
        -> OutputReceipt
    {
        let key = StreamKey(id: id, stream: chunk.stream)
        if state.withLock({ $0.streams[key] == nil || $0.runBytes[id.run] == nil }) {
            try await open(key, node: node, redactor: redactor)
        }
        try health.check(.ending)
        let (receipt, hasBlock, hasBytes) = try state.withLock { state in
            if let failure = state.failure { throw failure }
            let receipt = try Self.take(
                chunk, key: key, into: &state, settings, isDiskFull: health.state == .full, spaceIsShort)
            let stream = state.streams[key]
            return (receipt, stream?.hasBlock ?? false, stream?.hasBytes ?? false)
        }
        if hasBlock { try handOver(key, all: false) }
        if hasBytes { scheduleFlush() }
        if state.withLock({ $0.inFlight > Self.highWater }) {
            try await queue.submit(weight: 0, importance: .ending) { _ in }
        }
        return receipt
    }

    private var spaceIsShort: () -> Bool {
        { [settings, folder] in settings.freeSpace(folder) < settings.freeSpaceFloor }
    }

    private static func take(
        _ chunk: OutputChunk, key: StreamKey, into state: inout State, _ settings: JournalSettings, isDiskFull: Bool,
        _ spaceIsShort: () -> Bool
    ) throws -> OutputReceipt {
        // Taken out and put back, so that its bytes are not copied.
        guard var stream = state.streams.removeValue(forKey: key) else {
            throw JournalError(.misuse, "Output came after the end of its attempt.")
        }
        defer { state.streams[key] = stream }
        let new = try stream.newBytes(of: chunk)
        if let reason = stream.limitReason { return .limitReached(reason: reason) }
        guard new > 0 else { return .kept }
        if isDiskFull {
            stream.limit("The controller's disk is full.")
            return .limitReached(reason: stream.limitReason ?? "")
        }
        state.sinceSpaceCheck = state.sinceSpaceCheck.addingReportingOverflow(new).partialValue
        if state.sinceSpaceCheck < 0 || state.sinceSpaceCheck > spaceCheckInterval {
            state.sinceSpaceCheck = 0
            state.isSpaceShort = spaceIsShort()
        }
        let attemptRoom = max(0, settings.attemptBudget - state.attemptBytes[key.id, default: 0])
        let runRoom = max(0, settings.runBudget - state.runBytes[key.id.run, default: 0])
        let room = state.isSpaceShort ? 0 : min(attemptRoom, runRoom)
        let count = min(new, room)
        stream.take(count, of: chunk)
        state.attemptBytes[key.id, default: 0] += count
        state.runBytes[key.id.run, default: 0] += count
        guard count < new else { return .kept }
        let reason: String
        if state.isSpaceShort {
            reason = "The controller's disk has less than \(settings.freeSpaceFloor) bytes left."
        } else if attemptRoom <= runRoom {
            reason = "The step wrote more than the \(settings.attemptBudget) bytes that are kept of one attempt."
        } else {
            reason = "The run's steps wrote more than the \(settings.runBudget) bytes that are kept of one run."
        }
        stream.limit(reason)
        return .limitReached(reason: reason)
    }

    /// Learns what is stored of the stream, its attempt and its run.
    private func open(_ key: StreamKey, node: String, redactor: Redactor?) async throws {
        let id = key.id
        let known = try await pool.read { db -> (stored: Int, reason: String?, attempt: Int, run: Int)? in
            guard
                let run = try Row.fetchOne(
                    db, sql: "SELECT key, output_bytes FROM runs WHERE id = ?", arguments: [id.run.description])
            else { return nil }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT stream, bytes, limit_reason FROM output_streams
                    WHERE run = ? AND target = ? AND step = ? AND attempt = ?
                    """,
                arguments: [run[0] as Int, id.target, id.step, id.attempt])
            let own = rows.first { $0[0] == key.stream.number }
            return (
                own?[1] ?? 0, own?[2], rows.reduce(0) { $0 + ($1[1] as Int) }, run[1]
            )
        }
        guard let known else { throw JournalError(.noSuchRun, "The journal has no run \(id.run.short).") }
        state.withLock { state in
            // Several streams may be opened at once; the first one counts.
            if state.runBytes[id.run] == nil { state.runBytes[id.run] = known.run }
            if state.attemptBytes[id] == nil { state.attemptBytes[id] = known.attempt }
            if state.streams[key] == nil {
                state.streams[key] = StreamIntake(
                    key: key, node: node, stored: known.stored, limitReason: known.reason, redactor: redactor)
            }
        }
    }

    /// Hands over the stream's whole blocks, or with `all` everything that is known to be clean.
    private func handOver(_ key: StreamKey, all: Bool, end: Bool = false) throws {
        let lane = lanes[Int(UInt(bitPattern: key.hashValue) % UInt(lanes.count))]
        try lane.lock.withLock { _ in
            if end { state.withLock { $0.streams[key]?.end() } }
            while let (bytes, start, node) = nextBlock(of: key, all: all) {
                let block = StreamBlock(key: key, node: node, start: start, packed: try PackedBytes(bytes))
                enqueue(block)
            }
        }
    }

    private func nextBlock(of key: StreamKey, all: Bool) -> (bytes: [UInt8], start: Int, node: String)? {
        state.withLock { state in
            guard var stream = state.streams.removeValue(forKey: key) else { return nil }
            defer { state.streams[key] = stream }
            guard let bytes = stream.next(all: all) else { return nil }
            return (bytes, stream.start(of: bytes), stream.node)
        }
    }

    private func enqueue(_ block: StreamBlock) {
        let size = block.packed.data.count
        state.withLock { $0.inFlight += size }
        let item = CommitQueue.Item(weight: 1, importance: .ordinary) { transaction in
            let row = try transaction.run(block.key.id.run)
            try OutputRows(transaction: transaction, run: row.key).insert(block)
        } completion: { [self] result in
            stored(block.key, size: size, result)
        }
        queue.enqueue(item, delay: settings.outputDelay)
    }

    private func stored(_ key: StreamKey, size: Int, _ result: Result<Void, any Error>) {
        state.withLock { state in
            state.inFlight -= size
            guard case .failure(let error) = result else { return }
            if let error = error as? JournalError, error.code == .diskFull {
                state.streams[key]?.limit("The controller's disk is full.")
            } else if state.failure == nil {
                // A missing block may never be followed by a later one, nor by an ending that claims to cover it.
                state.failure =
                    error as? JournalError
                    ?? JournalError(.failed, "Output could not be kept: \(error).", hint: "runbook db check says more.")
            }
        }
    }

    private func scheduleFlush() {
        let isMine = state.withLock { state in
            guard !state.isFlushComing else { return false }
            state.isFlushComing = true
            return true
        }
        guard isMine else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.flushDelay) { [weak self] in self?.flush() }
    }

    /// Hands over everything that waits.
    func flush() {
        let keys = state.withLock { state in
            state.isFlushComing = false
            return state.streams.filter(\.value.hasBytes).map(\.key)
        }
        for key in keys {
            do {
                try handOver(key, all: true)
            } catch {
                stored(key, size: 0, .failure(error))
            }
        }
    }

    /// Hands over all that is left of these attempts, ahead of the events that end them.
    /// - Returns: what is known of their streams.
    func finish(_ ids: [InvocationID]) throws -> [InvocationID: [StreamEnding]] {
        var endings: [InvocationID: [StreamEnding]] = [:]
        for id in ids {
            for stream in [OutputChunk.Stream.standardOutput, .standardError] {
                let key = StreamKey(id: id, stream: stream)
                try handOver(key, all: true, end: true)
                let intake = try state.withLock { state in
                    if let failure = state.failure { throw failure }
                    return state.streams.removeValue(forKey: key)
                }
                if let intake { endings[id, default: []].append(intake.ending) }
            }
            state.withLock { _ = $0.attemptBytes.removeValue(forKey: id) }
        }
        return endings
    }

    /// Forgets a finished run.
    func forget(_ run: RunID) {
        state.withLock { state in
            state.runBytes[run] = nil
            state.streams = state.streams.filter { $0.key.id.run != run }
            state.attemptBytes = state.attemptBytes.filter { $0.key.run != run }
        }
    }
}
