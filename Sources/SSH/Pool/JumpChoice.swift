/// What is known of a connection to a jump host when a tunnel is to be opened.
struct JumpLoad: Sendable, Hashable {
    var tunnels: Int
    /// Tunnels that are being opened, the one under way included.
    var openings: Int
    /// When the one under way was sent.
    var oldestOpening: ContinuousClock.Instant?
}

/// Which connection to a jump host opens the next tunnel: pure.
enum JumpChoice: Hashable {
    /// The connection with this index.
    case use(Int)
    case start
    /// Until a connection that is being made is there.
    case wait

    /// An opening that waits behind this many others is better off on a new connection.
    private static let longQueue = 4

    static func choose(
        _ open: [JumpLoad], starting: Int, limits: SSHPool.Limits, now: ContinuousClock.Instant
    ) -> JumpChoice {
        let flowing = open.indices.filter { index in
            open[index].oldestOpening.map { $0.duration(to: now) < limits.stalledOpen } ?? true
        }
        let best = flowing.min { (open[$0].openings, open[$0].tunnels) < (open[$1].openings, open[$1].tunnels) }
        let mayStart = open.count + starting < limits.connectionsPerJumpHost.upperBound
        guard let best else {
            if starting > 0 { return .wait }
            if mayStart { return .start }
            // All are stalled and there may be no more: the one whose opening is youngest.
            return open.indices.max { (open[$0].oldestOpening ?? now) < (open[$1].oldestOpening ?? now) }
                .map { .use($0) } ?? .start
        }
        let isBelowMinimum = open.count < limits.connectionsPerJumpHost.lowerBound && open[best].openings > 0
        if mayStart, starting == 0, isBelowMinimum || open[best].openings >= longQueue { return .start }
        return .use(best)
    }
}
