import Model

extension JournalStore {
    /// How far the rollbacks of `run` came that are among `later`: for the engine, which looks at no others.
    func rollbacks(of run: RunID, among later: [LaterRun]) async throws -> [RunState] {
        var states: [RunState] = []
        for id in Set(later.filter { $0.kind == .rollback && $0.parent == run }.map(\.run)) {
            states.append(RunState(try await RunRecord.events(of: id, in: self)))
        }
        return states
    }

    /// Those nodes of the run of `state` that `resume` would go on with, had no rollback of the run touched them.
    func undoneNodes(of state: RunState) async throws -> UndoneNodes {
        guard let header = state.header, header.kind == .apply else { return UndoneNodes() }
        let open = Set(state.targets.filter { state.nodes[$0]?.isResumable ?? true })
        guard !open.isEmpty else { return UndoneNodes() }
        let later = try await laterRuns(than: header.id, touching: open)
        return UndoneNodes(of: header.id, later: later, rollbacks: try await rollbacks(of: header.id, among: later))
    }
}
