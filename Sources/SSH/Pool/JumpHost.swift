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
            var loads: [JumpLoad] = []
            for connection in connections { loads.append(await connection.jumpLoad) }
            let now = ContinuousClock.now
            connections.removeAll { connection in loads.contains { $0.connection === connection && $0.isRetired } }
            let open = loads.filter { load in !load.isRetired && connections.contains { $0 === load.connection } }
            switch JumpChoice.choose(open, starting: starting, limits: limits, now: now) {
            case .use(let connection): return connection
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

/// What is known of a connection to a jump host when a tunnel is to be opened.
struct JumpLoad: Sendable {
    let connection: SSHConnection
    let isRetired: Bool
    let tunnels: Int
    let openings: Int
    let oldestOpening: ContinuousClock.Instant?
}

/// Which connection to a jump host opens the next tunnel: pure.
enum JumpChoice {
    case use(SSHConnection)
    case start
    /// Until a connection that is being made is there.
    case wait

    /// An opening that waits behind this many others is better off on a new connection.
    private static let longQueue = 4

    static func choose(
        _ open: [JumpLoad], starting: Int, limits: SSHPool.Limits, now: ContinuousClock.Instant
    ) -> JumpChoice {
        let flowing = open.filter { load in
            load.oldestOpening.map { $0.duration(to: now) < limits.stalledOpen } ?? true
        }
        let best = flowing.min { ($0.openings, $0.tunnels) < ($1.openings, $1.tunnels) }
        let mayStart = open.count + starting < limits.connectionsPerJumpHost.upperBound
        guard let best else {
            if starting > 0 { return .wait }
            // All are stalled: the one with the youngest opening, unless there may be another connection.
            if mayStart { return .start }
            let youngest = open.max { ($0.oldestOpening ?? now) < ($1.oldestOpening ?? now) }
            return youngest.map { .use($0.connection) } ?? .start
        }
        let wanted = limits.connectionsPerJumpHost.lowerBound
        if mayStart, starting == 0, best.openings >= longQueue || (open.count < wanted && best.openings > 0) {
            return .start
        }
        return .use(best.connection)
    }
}
