import Model

/// The end of a run for a program: with the last lines of what failed, and the commands that go on from there.
struct RunResultObject {
    let state: RunState
    /// The last lines of a failed step's or undo's output, by invocation.
    var lastLines: [InvocationID: [String]] = [:]
    /// No process carries it out any more, whether or not it could say so.
    var isInterrupted = false
    /// Nodes that the run itself can't go on with, since a rollback of it has touched them.
    var undone = UndoneNodes()

    /// The whole state, as `json` has it.
    func document() throws -> [String: Any] {
        var fields = try JSONOutput.object(state) as? [String: Any] ?? [:]
        if var nodes = fields["nodes"] as? [String: Any] {
            for (name, progress) in state.nodes {
                guard let end = progress.outcome, var node = nodes[name] as? [String: Any],
                    var outcome = node["outcome"] as? [String: Any]
                else { continue }
                if let lines = end.invocation.flatMap({ lastLines[$0] }) { outcome["last_lines"] = lines }
                if let undo = end.failedUndo { outcome["failed_undo"] = try object(undo) }
                node["outcome"] = outcome
                nodes[name] = node
            }
            fields["nodes"] = nodes
        }
        fields["next"] = commands
        return fields
    }

    /// The last line, as `jsonl` has it: what all nodes together came to.
    func summary(of run: RunID) throws -> String {
        let counts = Dictionary(uniqueKeysWithValues: state.counts.map { ($0.key.rawValue, $0.value) })
        var fields: [String: Any] = [
            "type": "summary", "run": run.description, "time": EventLine.timestamp(state.updated),
            "targets": state.targets.count, "counts": counts, "next": commands,
        ]
        if let reason = state.stopReason { fields["stop_reason"] = reason }
        let failed = try failedUndos()
        if !failed.isEmpty { fields["failed_undos"] = failed }
        if let ending = state.ending {
            fields["exit_status"] = ending.exitStatus
        } else {
            fields["unfinished"] = state.targets.count { state.nodes[$0]?.outcome == nil }
            fields["exit_status"] = isWaiting ? 3 : 130
        }
        return try JSONOutput(fields).text
    }

    private var isWaiting: Bool { state.phase == .waitingApproval || state.phase == .waitingWindow }

    /// None while it goes on or waits.
    private var commands: [String] {
        let isOver = state.ending != nil || state.phase == .interrupted || isInterrupted
        guard let header = state.header, isOver else { return [] }
        return ContinuationText(state: state, header: header, undone: undone).commands
    }

    /// The same failure of several nodes is one, under their node set.
    private func failedUndos() throws -> [[String: Any]] {
        var groups: [(undo: FailedUndo, last: [String], nodes: [String])] = []
        for name in state.targets {
            guard let undo = state.nodes[name]?.outcome?.failedUndo else { continue }
            let last = undo.invocation.flatMap { lastLines[$0] } ?? []
            var alike = undo
            alike.invocation = nil
            if let place = groups.firstIndex(where: { $0.undo == alike && $0.last == last }) {
                groups[place].nodes.append(name)
            } else {
                groups.append((alike, last, [name]))
            }
        }
        return try groups.map { group in
            var fields = try object(group.undo)
            fields["nodes"] = NodeSet(names: group.nodes).folded
            if !group.last.isEmpty { fields["last_lines"] = group.last }
            return fields
        }
    }

    private func object(_ undo: FailedUndo) throws -> [String: Any] {
        var fields = try JSONOutput.object(undo) as? [String: Any] ?? [:]
        if let lines = undo.invocation.flatMap({ lastLines[$0] }) { fields["last_lines"] = lines }
        return fields
    }
}
