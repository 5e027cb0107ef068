import NIOCore

/// The connections to one jump host, over which tunnels to the nodes behind it are opened.
///
/// A connection opens one tunnel at a time, so a node that does not answer holds up those behind it. Therefore there
/// are several connections, and one whose opening is old gets no further ones.
actor JumpHost {
    private let route: [SSHTarget]
    private unowned let pool: SSHPool
    private let limits: SSHPool.Limits
    private var connections: [SSHConnection] = []
    private var starting = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isClosed = false

    /// Invariant of `unowned`: the pool owns this and outlives it.
    init(route: [SSHTarget], pool: SSHPool, limits: SSHPool.Limits) {
        self.route = route
        self.pool = pool
        self.limits = limits
    }

    /// A tunnel to the target's address as the jump host sees it, and the loop on which it lives.
    func openTunnel(to target: SSHTarget) async throws(SSHError) -> (TunnelTransport, any EventLoop) {
        let connection = try await connection()
        return (try await connection.openTunnel(to: target), connection.eventLoop)
    }

    func close() async {
        isClosed = true
        for connection in connections { await connection.close() }
        connections = []
    }

    private func connection() async throws(SSHError) -> SSHConnection {
        while true {
            var loads: [(connection: SSHConnection, load: JumpLoad)] = []
            for connection in connections { loads.append((connection, await connection.jumpLoad)) }
            let now = ContinuousClock.now
            loads.removeAll { $0.connection.isClosed }
            connections.removeAll(where: \.isClosed)
            switch JumpChoice.choose(loads.map(\.load), starting: starting, limits: limits, now: now) {
            case .use(let index): return loads[index].connection
            case .start: return try await start()
            case .wait: await withCheckedContinuation { waiting.append($0) }
            }
        }
    }

    private func start() async throws(SSHError) -> SSHConnection {
        guard !isClosed, var jump = route.last else {
            throw SSHError(.closed, node: route.last?.name ?? "jump host", phase: .pool)
        }
        jump.jumpHosts = Array(route.dropLast())
        starting += 1
        defer {
            starting -= 1
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
        let connection = try await pool.dial(jump)
        connections.append(connection)
        return connection
    }
}
