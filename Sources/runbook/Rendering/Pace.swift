import Model

/// How fast nodes end, from when work on them began: what a run has waited for does not count.
struct Pace {
    /// Milliseconds since 1970, and how many nodes had ended by then.
    private var begun: (time: Int, ended: Int)?

    /// Takes in an event, after which the run is as `state` says.
    mutating func take(_ event: RecordedEvent, _ state: RunState) {
        switch event.event {
        case .phaseChanged(let phase) where phase.isWaiting: begun = nil
        case .resumed: begun = (time: event.time, ended: Self.counts(state).ended)
        case .phaseChanged(.running), .waveStarted:
            if begun == nil { begun = (time: event.time, ended: Self.counts(state).ended) }
        default: break
        }
    }

    /// How many milliseconds the rest takes at this pace; nil until a node has ended.
    func timeLeft(_ state: RunState, now: Int) -> Int? {
        guard let begun, state.phase == .running || state.phase == .soaking else { return nil }
        let (ended, all) = Self.counts(state)
        guard ended > begun.ended, ended < all else { return nil }
        return (now - begun.time) / (ended - begun.ended) * (all - ended)
    }

    /// Of the nodes that the plan works on.
    private static func counts(_ state: RunState) -> (ended: Int, all: Int) {
        let names = state.plan?.waves.flatMap(\.names) ?? []
        return (names.count { state.nodes[$0]?.outcome != nil }, names.count)
    }
}
