import NIOCore
import Synchronization

/// The connections to one jump host, over which tunnels to the nodes behind it are opened.
final class JumpHost: Sendable {
    private struct State {
        var connections: [SSHConnection] = []
        /// The connections on which a tunnel is being opened, and since when.
        var openings: [ObjectIdentifier: ContinuousClock.Instant] = [:]
        var starting = 0
        var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<UInt64> = []
        var nextTicket: UInt64 = 0
        var isClosed = false
    }

    private let route: [SSHTarget]
    /// Invariant of `unowned`: the pool owns this and outlives it.
    private unowned let pool: SSHPool
    private let limits: SSHPool.Limits
    private let state = Mutex(State())

    init(route: [SSHTarget], pool: SSHPool, limits: SSHPool.Limits) {
        self.route = route
        self.pool = pool
        self.limits = limits
    }

    /// A tunnel to the target's address as the jump host sees it, and the loop on which it lives.
    func openTunnel(to target: SSHTarget) async throws(SSHError) -> (TunnelTransport, any EventLoop) {
        let connection = try await reserve(for: target)
        defer { finished(connection) }
        return (try await connection.openTunnel(to: target), connection.eventLoop)
    }

    func close() async {
        let connections = state.withLock { state in
            state.isClosed = true
            defer { state.connections = [] }
            return state.connections
        }
        for connection in connections { await connection.close() }
        wakeAll()
    }

    // MARK: Choosing a connection

    private func reserve(for target: SSHTarget) async throws(SSHError) -> SSHConnection {
        while true {
            enum Step { case use(SSHConnection), start, wait, refuse }
            let now = ContinuousClock.now
            let step: Step = state.withLock { state in
                guard !state.isClosed else { return .refuse }
                state.connections.removeAll(where: \.isClosed)
                let loads = state.connections.map { load(of: $0, state, now) }
                switch JumpChoice.choose(loads, starting: state.starting, limits: limits, now: now) {
                case .use(let index):
                    let connection = state.connections[index]
                    state.openings[ObjectIdentifier(connection)] = now
                    return .use(connection)
                case .start:
                    state.starting += 1
                    return .start
                case .wait: return .wait
                }
            }
            switch step {
            case .use(let connection): return connection
            case .refuse: throw SSHError(.closed, node: target.name, phase: .pool)
            case .start: try await start()
            case .wait: try await wait(target)
            }
        }
    }

    /// An opening that its caller has given up still occupies the connection.
    private func load(of connection: SSHConnection, _ state: State, _ now: ContinuousClock.Instant) -> JumpLoad {
        let since =
            state.openings[ObjectIdentifier(connection)] ?? (connection.core.isOpening ? .distantPast(now) : nil)
        return JumpLoad(tunnels: connection.core.tunnelCount, openingSince: since)
    }

    private func finished(_ connection: SSHConnection) {
        state.withLock { _ = $0.openings.removeValue(forKey: ObjectIdentifier(connection)) }
        wakeAll()
    }

    private func start() async throws(SSHError) {
        defer {
            state.withLock { $0.starting -= 1 }
            wakeAll()
        }
        guard var jump = route.last else { return }
        jump.jumpHosts = Array(route.dropLast())
        let connection = try await pool.dial(jump)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.connections.append(connection) }
            return state.isClosed
        }
        if isClosed { await connection.close() }
    }

    // MARK: Waiting

    /// Until something has changed, or an opening that is under way now counts as stalled.
    private func wait(_ target: SSHTarget) async throws(SSHError) {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let timer = pool.anyLoop.scheduleTask(in: TimeAmount(limits.stalledOpen)) { [weak self] in self?.wake(ticket) }
        defer {
            timer.cancel()
            _ = state.withLock { $0.cancelled.remove(ticket) }
        }
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                    state.withLock { state in
                        if state.cancelled.contains(ticket) {
                            continuation.resume(throwing: CancellationError())
                        } else {
                            state.waiting[ticket] = continuation
                        }
                    }
                }
            } onCancel: {
                let continuation = state.withLock { state in
                    state.cancelled.insert(ticket)
                    return state.waiting.removeValue(forKey: ticket)
                }
                continuation?.resume(throwing: CancellationError())
            }
        } catch {
            throw SSHError(.cancelled, node: target.name, phase: .pool)
        }
    }

    private func wake(_ ticket: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }

    private func wakeAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }
}

extension ContinuousClock.Instant {
    fileprivate static func distantPast(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        now - .seconds(3600)
    }
}
