import Model

/// Rollbacks of a run that came before another one of it. What they undid is not undone again, and so they do not stand
/// in its way as other runs do.
struct EarlierRollbacks: Sendable {
    /// Oldest first.
    private let states: [RunState]

    init(_ states: [RunState]) { self.states = states.sorted { $0.started < $1.started } }

    /// The undone run, with how far they came.
    func continuing(_ state: RunState) -> RunState {
        var state = state
        for rollback in states { state.takeIn(undoing: rollback) }
        return state
    }

    /// Whether `later` is one of them, and it is known how everything ended that it sent to the node.
    func include(_ later: LaterRun) -> Bool {
        guard let own = states.first(where: { $0.header?.id == later.run }) else { return false }
        return own.nodes[later.node]?.openAttempt == nil
    }
}
