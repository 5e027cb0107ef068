import CLibSSH2
import NIOCore
import Synchronization

/// Owns one LIBSSH2_SESSION with its channels, and everything that waits for bytes to move on it.
///
/// libssh2 reads for all channels whenever it is called for one, so any call may bring what another waiter needs.
/// Therefore every call goes through `call`, which has a *turn* follow if bytes moved: requests are driven on, waiters
/// woken, tunnels told, and bytes that nobody reads are taken off the wire.
///
/// Invariant of `@unchecked Sendable`: touched on `loop` alone, but for `deinit`, when nobody else can.
final class SessionCore: @unchecked Sendable {
    let loop: any EventLoop
    let node: String
    let io: SessionIO
    let raw: OpaquePointer
    var transport: any ByteTransport { io.transport }

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private var waiters: [Waiter] = []
    private(set) var requests: [OpenRequest] = [] {
        didSet { opening.store(!requests.isEmpty, ordering: .releasing) }
    }
    private let opening = Atomic(false)
    /// Those that are in use.
    var channels: [ObjectIdentifier: LiveChannel] = [:]
    private var tunnels: [ObjectIdentifier: TunnelTransport] = [:] {
        didSet { tunnelNumber.store(tunnels.count, ordering: .releasing) }
    }
    private let tunnelNumber = Atomic(0)
    /// Channels that are being closed: the server has not confirmed it yet.
    var closing: [Closing] = []
    /// Set while the first opening waits for a channel to be closed: how many were being closed then.
    private var postponedAt: Int?
    /// A closed channel that was never read: libssh2 offers no way to read from the wire without a channel.
    var keepsake: OpaquePointer?

    struct Closing {
        let pointer: OpaquePointer
        /// Whether it becomes the keepsake.
        var isKept = false
    }

    private let alarms: AlarmClock
    private var nextID: UInt64 = 0
    private var turnIsScheduled = false
    private(set) var isFreed = false

    /// Why the session can no longer be used, from its first sign on. What was received before can still be read.
    private(set) var ending: SSHError.Kind?
    /// Whether the log-in is done. Until then only the one who logs in may call libssh2.
    var isEstablished = false
    /// Whether no further channel may be opened, although the open ones may go on. May be read on any thread.
    private let retired = Atomic(false)
    nonisolated var isRetired: Bool { retired.load(ordering: .acquiring) }

    init(transport: any ByteTransport, node: String, loop: any EventLoop) throws(SSHError) {
        _ = LibSSH2.placeholder
        self.loop = loop
        self.node = node
        alarms = AlarmClock(loop: loop)
        io = SessionIO(transport: transport)
        guard let session = SessionCallbacks.makeSession(io) else {
            transport.close()
            throw SSHError(.internalFailure("no memory for a session"), node: node, phase: .connect)
        }
        raw = session
        libssh2_session_set_blocking(raw, 0)
        SessionCallbacks.install(on: raw)
    }

    deinit {
        guard !isFreed else { return }
        nonisolated(unsafe) let (raw, io) = (raw, io)
        loop.execute { Self.free(raw, io) }
    }

    /// Listens to the transport from now on. Called on the loop.
    func begin() {
        transport.onEvent = { [weak self] in self?.turn() }
    }

    // MARK: Calling libssh2

    /// Calls libssh2 once and looks after what the call moved.
    func call<R>(_ body: (OpaquePointer) -> Attempt<R>) -> Attempt<R> {
        loop.assertInEventLoop()
        guard !isFreed else { return .failed(CInt(LIBSSH2_ERROR_SOCKET_DISCONNECT)) }
        io.bytesMoved = false
        let attempt = body(raw)
        transport.flush()
        if io.bytesMoved, hasOthersWaiting { scheduleTurn() }
        if io.isFlooded { end(.lost("the server sent more than a session may hold")) }
        guard transport.hasEnded else { return attempt }
        noticeEnd()
        if case .again = attempt { return .failed(CInt(LIBSSH2_ERROR_SOCKET_DISCONNECT)) }
        return attempt
    }

    /// What an error of libssh2 means here.
    func kind(of code: CInt) -> SSHError.Kind {
        if let ending { return ending }
        switch code {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND,
            LIBSSH2_ERROR_CHANNEL_CLOSED:
            let kind = SSHError.Kind.lost(io.farewell ?? transport.failure ?? lastMessage)
            if code != LIBSSH2_ERROR_CHANNEL_CLOSED { end(kind) }
            return kind
        default:
            return .internalFailure("\(lastMessage) (libssh2 \(code))")
        }
    }

    /// libssh2's text on the last error.
    var lastMessage: String {
        guard !isFreed else { return "closed" }
        var text: UnsafeMutablePointer<CChar>?
        _ = libssh2_session_last_error(raw, &text, nil, 0)
        return text.map { String(cString: $0) } ?? "unknown"
    }

    // MARK: Waiting

    /// A number for a waiter or an opening, by which it can be given up.
    func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    /// Resumes the continuation when bytes may have moved, or with `DeadlinePassed`.
    func addWaiter(
        _ id: UInt64, until deadline: ContinuousClock.Instant?, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        loop.assertInEventLoop()
        waiters.append(Waiter(id: id, continuation: continuation))
        if let deadline { alarms.add(id, at: deadline) { [weak self] in self?.failWaiter(id, DeadlinePassed()) } }
    }

    func failWaiter(_ id: UInt64, _ error: any Error) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        alarms.remove(id)
        waiters.remove(at: index).continuation.resume(throwing: error)
    }

    func wakeWaiters() {
        guard !waiters.isEmpty else { return }
        let woken = waiters
        waiters = []
        for waiter in woken {
            alarms.remove(waiter.id)
            waiter.continuation.resume()
        }
    }

    // MARK: Opening channels

    /// Opens a channel after those asked for before it, and resumes the continuation with it or with `OpenFailure`.
    func addOpening(
        _ id: UInt64, _ what: OpenRequest.What, until deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<LiveChannel, any Error>
    ) {
        guard ending == nil, !isRetired else {
            return continuation.resume(throwing: OpenFailure(kind: ending ?? .closed, mayHaveStarted: false))
        }
        requests.append(OpenRequest(what, id: id, continuation: continuation))
        alarms.add(id, at: deadline) { [weak self] in self?.abandon(id, .timedOut(.open)) }
        advanceRequests()
    }

    /// Asks for a channel that is never read, to read from the wire with; see `pump`.
    func openKeepsake() {
        requests.append(OpenRequest(.keepsake, id: makeID(), continuation: nil))
        advanceRequests()
    }

    /// Whether an opening is under way or waits. May be asked on any thread.
    nonisolated var isOpening: Bool { opening.load(ordering: .acquiring) }
    /// May be asked on any thread.
    nonisolated var tunnelCount: Int { tunnelNumber.load(ordering: .acquiring) }

    /// Has the opening's caller fail at once.
    func abandon(_ id: UInt64, _ kind: SSHError.Kind) {
        guard let index = requests.firstIndex(where: { $0.id == id }) else { return }
        alarms.remove(id)
        let request = requests[index]
        var kind = kind
        if case .timedOut = kind, let refusal = request.refusal { kind = refusal }
        request.finish(.failure(OpenFailure(kind: kind, mayHaveStarted: request.commandIsSent)))
        guard index == 0, request.isUnderWay else {
            requests.remove(at: index)
            return
        }
        // The reply may still come. Where other nodes' tunnels live, the session goes on; else it is of no more use.
        if tunnels.isEmpty { close(kind) }
    }

    func advanceRequests() {
        while let request = requests.first, ending == nil {
            if let postponedAt, closing.count >= postponedAt { return }
            postponedAt = nil
            let attempt = call { request.step($0, now: .now) }
            // The call may have found that the session has ended, and failed all requests.
            guard requests.first === request else { return }
            switch attempt {
            case .again:
                return
            case .done(let pointer):
                requests.removeFirst()
                alarms.remove(request.id)
                if request.isAbandoned {
                    closing.append(Closing(pointer: pointer, isKept: request.isForKeepsake))
                } else {
                    request.finish(.success(adopt(pointer, request.what)))
                }
            case .failed(let code):
                if code == LIBSSH2_ERROR_CHANNEL_FAILURE, request.leftover == nil, !closing.isEmpty,
                    !request.isAbandoned
                {
                    // sshd counts a session until its command has ended, which is after we have closed the channel.
                    request.postpone(after: .openRefused(lastMessage))
                    postponedAt = closing.count
                    return
                }
                requests.removeFirst()
                alarms.remove(request.id)
                if let leftover = request.leftover { closing.append(Closing(pointer: leftover)) }
                let kind = openKind(code)
                request.finish(
                    .failure(OpenFailure(kind: kind, mayHaveStarted: request.commandIsSent && ending != nil)))
            }
        }
        if let ending {
            for request in requests {
                alarms.remove(request.id)
                request.finish(.failure(OpenFailure(kind: ending, mayHaveStarted: request.commandIsSent)))
            }
            requests = []
        }
    }

    private func openKind(_ code: CInt) -> SSHError.Kind {
        switch code {
        case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED:
            return .openRefused(lastMessage)
        case LIBSSH2_ERROR_TIMEOUT:
            // libssh2 has given the opening up, and a late reply could be taken for that of the next one.
            retire()
            return .timedOut(.open)
        default:
            return kind(of: code)
        }
    }

    private func adopt(_ pointer: OpaquePointer, _ what: OpenRequest.What) -> LiveChannel {
        let channel: LiveChannel
        switch what {
        case .command, .keepsake: channel = LiveChannel(pointer, purpose: .command)
        case .tunnel: channel = LiveChannel(pointer, purpose: .tunnel)
        }
        channels[ObjectIdentifier(channel)] = channel
        return channel
    }

    func add(_ tunnel: TunnelTransport) {
        tunnels[ObjectIdentifier(tunnel)] = tunnel
    }

    func remove(_ tunnel: TunnelTransport) {
        tunnels[ObjectIdentifier(tunnel)] = nil
    }

    // MARK: Turns

    private var hasOthersWaiting: Bool {
        waiters.count > 0 || !requests.isEmpty || !tunnels.isEmpty || !closing.isEmpty
            || channels.values.contains { !$0.outbound.isEmpty }
    }

    func scheduleTurn() {
        guard !turnIsScheduled else { return }
        turnIsScheduled = true
        loop.execute { [weak self] in
            self?.turnIsScheduled = false
            self?.turn()
        }
    }

    private func turn() {
        guard !isFreed else { return }
        for channel in channels.values where !channel.outbound.isEmpty || channel.closesInput {
            flush(channel)
        }
        reap()
        advanceRequests()
        if waiters.isEmpty { pump() }
        wakeWaiters()
        for tunnel in tunnels.values { tunnel.outerMoved() }
        if transport.hasEnded { noticeEnd() }
    }

    private func noticeEnd() {
        end(.lost(io.farewell ?? transport.failure ?? "the server closed it"))
    }

    /// Marks the session as ended. What was received can still be read.
    func end(_ kind: SSHError.Kind) {
        guard ending == nil else { return }
        ending = kind
        advanceRequests()
        retire()
        wakeWaiters()
        scheduleTurn()
    }

    private func retire() {
        retired.store(true, ordering: .releasing)
    }

    /// Ends the session and frees it. Waiters and openings fail.
    func close(_ kind: SSHError.Kind = .closed) {
        guard !isFreed else { return }
        end(kind)
        free()
        wakeWaiters()
        for tunnel in tunnels.values { tunnel.outerMoved() }
    }

    private func free() {
        guard !isFreed else { return }
        isFreed = true
        alarms.removeAll()
        for channel in channels.values { channel.isReleased = true }
        channels = [:]
        Self.free(raw, io)
    }

    private static func free(_ raw: OpaquePointer, _ io: SessionIO) {
        // Before freeing, else libssh2 would wait for the peer's answer to each close.
        io.isPoisoned = true
        io.transport.close()
        while libssh2_session_free(raw) == LIBSSH2_ERROR_EAGAIN {}
    }
}

/// Why a channel could not be opened.
struct OpenFailure: Error {
    let kind: SSHError.Kind
    /// Whether the start of the command was sent and not refused, so that the command may run.
    let mayHaveStarted: Bool
}
