/// What is known of a connection to a jump host when a tunnel is to be opened.
struct JumpLoad: Sendable, Hashable {
    var tunnels: Int
    /// Since when a tunnel is being opened on it; nil if none is.
    var openingSince: ContinuousClock.Instant?
}

/// Which connection to a jump host opens the next tunnel: pure.
///
/// A connection opens one tunnel at a time, so nobody is made to wait behind an opening that may never be answered: a
/// tunnel is opened on a connection that is free, or on a new one, or it waits for whichever comes first.
enum JumpChoice: Hashable {
    /// The connection with this index.
    case use(Int)
    case start
    /// Until a connection is free, has been made, or has stalled.
    case wait

    /// Connections whose opening is old do not count towards the limit, but there are never more than this.
    private static let mostConnections = 32

    static func choose(
        _ open: [JumpLoad], starting: Int, limits: SSHPool.Limits, now: ContinuousClock.Instant
    ) -> JumpChoice {
        let free = open.indices.filter { open[$0].openingSince == nil }
        let flowing = open.count { load in load.openingSince.map { $0.duration(to: now) < limits.stalledOpen } ?? true }
        let range = limits.connectionsPerJumpHost
        if let best = free.min(by: { open[$0].tunnels < open[$1].tunnels }) {
            return .use(best)
        }
        // One new connection at a time: a jump host with all its nodes asking at once would refuse a crowd.
        let mayStart = starting == 0 || flowing + starting < range.lowerBound
        if mayStart, flowing + starting < range.upperBound, open.count + starting < mostConnections { return .start }
        return .wait
    }
}
