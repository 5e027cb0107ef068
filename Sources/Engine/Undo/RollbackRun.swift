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
                NodeOutcome(.skipped, text: refusal.reason, hint: refusal.hint))
        }
        let names = session.nodes.map(\.node.name)
        let nodes = Dictionary(session.nodes.map { ($0.node.name, $0) }, uniquingKeysWith: { first, _ in first })
        let results = await Executor.each(names, concurrency: shared.request.fanout) { name in
            await Executor.result { () async throws(EngineError) in
                guard let node = nodes[name], await node.isOpen else { return }
                if shared.control.isInterrupted { return }
                if shared.control.level > .go, await !node.hasSent {
                    return try await node.close(NodeOutcome(.notStarted, text: "The run was cancelled."))
                }
                await node.restore(
                    from: past, planned: past.plan?.targets.first { $0.name == name })
                // Only what was done once for the run is left: it is undone behind all else.
                guard let outcome = try await node.rollBack(force: force) else { return }
                // What was stopped in the middle stays open, for `resume`.
                if shared.control.isInterrupted, outcome.outcome == .rollbackFailed { return }
                try await node.close(outcome)
            }
        }
        for (_, result) in results { try result.get() }
        if shared.control.isInterrupted, await session.state.nodes.values.contains(where: { $0.outcome == nil }) {
            return try await session.leave()
        }
        try await undoSharedSteps(nodes)
        return try await session.finish()
    }

    /// What was done once for the run is undone once, and only when every node that it was done for is rolled back. Nodes
    /// on which nothing else was left to undo end with it.
    private func undoSharedSteps(_ nodes: [String: NodeRun]) async throws(EngineError) {
        let workedOn = past.plan?.workedOn.map(\.name) ?? []
        let ends = try await undoSharedSteps(nodes, workedOn)
        for (_, node) in nodes.sorted(by: { $0.key < $1.key }) where await node.isOpen {
            try await node.close(Self.outcome(ends))
        }
    }

    /// How a node ends on which only steps were left that were done once for the run; nil where those stay.
    private static func outcome(_ ends: [String: NodeRun.UndoResult]?) -> NodeOutcome {
        guard let ends else {
            return NodeOutcome(
                .skipped,
                text: "What was done once for the run stays: not every node that it was done for is rolled back.")
        }
        func names(_ result: NodeRun.UndoResult) -> [String] { ends.filter { $0.value == result }.map(\.key).sorted() }
        let irreversible = names(.irreversible)
        guard names(.failed).isEmpty else {
            return NodeOutcome(
                .rollbackFailed,
                text: "'\(names(.failed).joined(separator: "', '"))', done once for the run, could not be undone.",
                irreversible: irreversible)
        }
        return NodeOutcome(
            names(.undone).isEmpty ? .failed : .rolledBack,
            text: irreversible.isEmpty ? "" : "'\(irreversible.joined(separator: "', '"))' can't be undone.",
            irreversible: irreversible)
    }

    /// - Returns: what became of each step; nil where they stay.
    private func undoSharedSteps(
        _ nodes: [String: NodeRun], _ workedOn: [String]
    ) async throws(EngineError) -> [String: NodeRun.UndoResult]? {
        for name in workedOn {
            if let node = nodes[name], await node.isOpen { continue }
            let own = await nodes[name]?.progress.outcome?.outcome
            // Not begun by the run, it needs no undoing; not begun by this rollback, it does.
            guard own != .notStarted, let outcome = own ?? past.state.nodes[name]?.outcome?.outcome,
                outcome == .rolledBack || outcome == .healthy || outcome == .notStarted
            else { return nil }
        }
        var ends: [String: NodeRun.UndoResult] = [:]
        for slot in shared.list.main.reversed() where slot.step.runOnce {
            for name in workedOn {
                guard let node = nodes[name], await node.undoable.contains(where: { $0.index == slot.index }) else {
                    continue
                }
                let result = try await node.undoShared(slot)
                ends[slot.name] = result
                if result == .failed {
                    try await shared.recorder.record(
                        .warning("Step '\(slot.name)', done once for the run, could not be undone."))
                }
                try await node.release()
                await node.closeSessions()
            }
        }
        return ends
    }
}

extension NodeRun {
    /// Whether this run has sent anything here that was to change the node.
    fileprivate var hasSent: Bool {
        progress.steps.values.contains { $0.attempts.contains { $0.intent.id.run == shared.run } }
    }

    /// Undoes a step that was done once for the run, on whose behalf it was done here.
    fileprivate func undoShared(_ slot: StepSlot) async throws(EngineError) -> UndoResult {
        do {
            _ = try await ownSession()
        } catch let error as EngineError {
            throw error
        } catch {
            return .failed
        }
        return try await undo(slot, purpose: .undo)
    }

    /// Undoes all that is left to undo here, drains last, and disarms what may be armed here of the undone run.
    /// - Returns: how the node ends; nil where only what was done once for the run is left.
    func rollBack(force: Bool) async throws(EngineError) -> NodeOutcome? {
        undoExpectsLeftValue = !force
        let alone = undoable.filter { !$0.step.runOnce }
        let wereArmed = armed
        if alone.isEmpty && wereArmed.isEmpty { return withoutUndo }
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
        if let undo = summary.failedUndo {
            return NodeOutcome(
                .rollbackFailed, text: "'\(undo.step)' could not be undone: \(undo.text)",
                hint: progress.failure?.hint ?? lastHint, step: undo.step, invocation: undo.invocation,
                irreversible: summary.irreversible, holder: progress.failure?.holder, failedUndo: undo)
        }
        if let slot = armed.first {
            return NodeOutcome(
                .rollbackFailed, text: "The undo that is armed for step '\(slot.name)' could not be disarmed.",
                hint: progress.failure?.hint ?? lastHint, step: slot.name, irreversible: summary.irreversible,
                holder: progress.failure?.holder)
        }
        if alone.isEmpty { return withoutUndo }
        let names = summary.irreversible.joined(separator: "', '")
        if !undoable.filter({ !$0.step.runOnce && !summary.irreversible.contains($0.name) }).isEmpty {
            return NodeOutcome(
                .rollbackFailed, text: "It was stopped before everything was undone.",
                irreversible: summary.irreversible)
        }
        let isUndone =
            !summary.undone.isEmpty || wereArmed.contains { progress.steps[$0.index]?.guardFired == true }
        return NodeOutcome(
            isUndone ? .rolledBack : .failed, text: names.isEmpty ? "" : "'\(names)' can't be undone.",
            irreversible: summary.irreversible)
    }

    /// How the node ends where nothing of its own is to be undone; nil where what was done once for the run is left.
    private var withoutUndo: NodeOutcome? {
        undoable.isEmpty ? NodeOutcome(.healthy, text: "Nothing is left to undo.") : nil
    }
}
