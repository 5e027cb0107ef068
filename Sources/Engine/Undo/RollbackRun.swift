import Model

/// Undoes what an earlier run did, from the states that it captured.
struct RollbackRun: Sendable {
    let session: RunSession
    let past: RunPast
    let plan: RollbackPlan
    let force: Bool

    private var shared: RunContext { session.shared }

    func run() async throws(EngineError) -> RunState {
        try await shared.recorder.record(.phaseChanged(.rollingBack))
        for refusal in plan.refusals {
            guard let node = session.nodes.first(where: { $0.node.name == refusal.node }) else { continue }
            try await node.close(
                NodeOutcome(.skipped, text: refusal.reason, hint: "--force undoes it all the same."))
        }
        let names = session.nodes.map(\.node.name)
        let nodes = Dictionary(session.nodes.map { ($0.node.name, $0) }, uniquingKeysWith: { first, _ in first })
        let results = await Executor.each(names, concurrency: shared.request.fanout) { name in
            await Executor.result { () async throws(EngineError) in
                guard let node = nodes[name], await node.isOpen else { return }
                if shared.control.level > .go {
                    return try await node.close(NodeOutcome(.notStarted, text: "The run was cancelled."))
                }
                await node.restore(
                    from: past, planned: past.plan?.targets.first { $0.name == name })
                try await node.close(try await node.rollBack(force: force))
            }
        }
        for (_, result) in results { try result.get() }
        try await undoSharedSteps(nodes)
        return try await session.finish()
    }

    /// What was done once for the run is undone once, and only when every node that it was done for is rolled back.
    private func undoSharedSteps(_ nodes: [String: NodeRun]) async throws(EngineError) {
        let workedOn = past.plan?.workedOn.map(\.name) ?? []
        for name in workedOn {
            guard
                let outcome = await nodes[name]?.progress.outcome?.outcome ?? past.state.nodes[name]?.outcome?.outcome,
                outcome == .rolledBack || outcome == .healthy || outcome == .notStarted
            else { return }
        }
        for slot in shared.list.main.reversed() where slot.step.runOnce {
            for name in workedOn {
                guard let node = nodes[name], await node.undoable.contains(where: { $0.index == slot.index }) else {
                    continue
                }
                if try await node.undo(slot, purpose: .undo) == .failed {
                    try await shared.recorder.record(
                        .warning("Step '\(slot.name)', done once for the run, could not be undone."))
                }
                try await node.release()
                await node.closeSessions()
            }
        }
    }
}

extension NodeRun {
    /// Undoes all that is left to undo here, drains last.
    func rollBack(force: Bool) async throws(EngineError) -> NodeOutcome {
        undoExpectsLeftValue = !force
        let alone = undoable.filter { !$0.step.runOnce }
        if alone.isEmpty { return NodeOutcome(.healthy, text: "Nothing is left to undo.") }
        do {
            _ = try await ownSession()
        } catch let error as EngineError {
            throw error
        } catch {
            let session = error as? SessionError
            return NodeOutcome(.unreachable, text: session?.message ?? "\(error)", hint: session?.hint)
        }
        try await undoAll(drains: true)
        let summary = summary
        if !summary.undoFailed.isEmpty {
            let failed = shared.list.main.first { summary.undoFailed.contains($0.name) }
            let ending = failed.flatMap { progress.steps[shared.list.undoBase + $0.index]?.ending }
            return NodeOutcome(
                .rollbackFailed,
                text: "'\(summary.undoFailed.joined(separator: "', '"))' could not be undone: \(ending?.text ?? "")",
                step: failed?.name, invocation: ending?.id, irreversible: summary.irreversible)
        }
        let names = summary.irreversible.joined(separator: "', '")
        if !undoable.filter({ !$0.step.runOnce && !summary.irreversible.contains($0.name) }).isEmpty {
            return NodeOutcome(
                .rollbackFailed, text: "It was stopped before everything was undone.",
                irreversible: summary.irreversible)
        }
        return NodeOutcome(
            summary.undone.isEmpty ? .failed : .rolledBack, text: names.isEmpty ? "" : "'\(names)' can't be undone.",
            irreversible: summary.irreversible)
    }
}
