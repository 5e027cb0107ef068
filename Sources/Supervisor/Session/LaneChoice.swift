/// Which of a user's supervisors on a node takes the next frame: a decision without effects.
enum LaneChoice: Sendable, Hashable {
    case use(Int)
    case open

    /// What one supervisor has to do.
    struct Load: Sendable, Hashable {
        var frames: Int
        /// For how long its oldest frame has been waiting.
        var oldest: Duration
        var isBroken: Bool
    }

    /// A free one; else, where one more is allowed and each is busy with something long, a new one; else the one with
    /// the fewest frames, behind which the next one waits without a round trip.
    static func choose(_ lanes: [Load], limit: Int) -> LaneChoice {
        let usable = lanes.indices.filter { !lanes[$0].isBroken }
        guard let best = usable.min(by: { lanes[$0].frames < lanes[$1].frames }) else { return .open }
        if lanes[best].frames > 0, lanes.count < limit, usable.allSatisfy({ lanes[$0].oldest > .milliseconds(500) }) {
            return .open
        }
        return .use(best)
    }
}
