import Model

/// What `resume` reads of the run that it goes on with.
package struct RunPast: Sendable {
    /// The fold of all events, with captured states in it.
    package var state: RunState
    /// The plan that the run carries out, if it has one.
    package var plan: Plan?
    /// The beginning of what is stored of one stream of one attempt, as many bytes as asked for.
    package var output: @Sendable (InvocationID, OutputChunk.Stream, Int) async throws -> [UInt8]

    package init(
        state: RunState, plan: Plan?,
        output: @escaping @Sendable (InvocationID, OutputChunk.Stream, Int) async throws -> [UInt8]
    ) {
        self.state = state
        self.plan = plan
        self.output = output
    }

    /// The same run, of which `state` is known.
    func with(_ state: RunState) -> RunPast { RunPast(state: state, plan: plan, output: output) }
}

/// Goes on with a run whose process is gone, or that was interrupted.
struct ResumeRun: Sendable {
    let session: RunSession
    let past: RunPast
    let refusal: ResumeRefusal

    private var shared: RunContext { session.shared }

    func run() async throws(EngineError) -> RunState {
        guard let plan = past.plan, past.state.plan != nil else { return try await ApplyRun(session: session).run() }
        if let ended = try await leaveOutUndone(plan) { return ended }
        let isAdmitted = past.state.confirmedBy != nil || past.state.wave != nil || plan.gate == .none
        var unbegun: [NodeRun] = []
        for node in session.nodes {
            let decision = ResumeDecision(await node.progress)
            if case .survey = decision {
                unbegun.append(node)
            } else {
                await node.restore(from: past, planned: plan.targets.first { $0.name == node.node.name })
            }
        }
        await takeSharedSteps()
        if !isAdmitted {
            let isWaiting = past.state.phase == .waitingApproval || past.state.phase == .waitingWindow
            return try await ApplyRun(session: session, approved: plan, isWaiting: isWaiting).run()
        }
        try await Surveyor(shared: shared, nodes: unbegun).survey(depth: .predict)
        // A survey that was stopped says nothing of the nodes it did not reach; none is begun then.
        let narrowed = shared.control.level > .go ? plan : try await refuseDrift(plan, unbegun)
        return try await ApplyRun.execute(narrowed, digest: plan.digest, session: session)
    }

    /// Ends the nodes that a rollback of this run has touched.
    /// - Returns: the run as it ended where nothing else is left to work on.
    private func leaveOutUndone(_ plan: Plan) async throws(EngineError) -> RunState? {
        var undone: [String] = []
        var left: [String] = []
        for node in session.nodes where await node.isOpen {
            let name = node.node.name
            if let outcome = refusal.outcome(of: name) {
                try await node.close(outcome)
                undone.append(name)
            } else {
                left.append(name)
            }
        }
        let once = Set(shared.list.main.filter(\.step.runOnce).map(\.name))
        let sharedUndo = left.isEmpty ? nil : refusal.rollback(undoing: once)
        if undone.isEmpty && sharedUndo == nil { return nil }
        let workedOn = Set(plan.workedOn.map(\.name))
        if sharedUndo == nil, left.contains(where: { workedOn.contains($0) }) { return nil }
        return try await end(plan, refusal.reason(undone, shared: sharedUndo))
    }

    /// Ends the run for `reason`: what was sent to nodes is taken up, and no further step begins.
    private func end(_ plan: Plan, _ reason: String) async throws(EngineError) -> RunState {
        for node in session.nodes where await node.isOpen {
            guard await node.hasBegun else { continue }
            let target = plan.targets.first { $0.name == node.node.name }
            await node.restore(from: past, planned: target)
            await node.take(target, gate: plan.gate, digest: plan.digest)
        }
        let executor = Executor(shared: shared, plan: plan, nodes: session.nodes, out: [])
        try await executor.stop(reason, phase: nil)
        try await executor.endBegun()
        if shared.control.isInterrupted { return try await session.leave() }
        try await session.endUnbegun(reason)
        return try await session.finish(stopReason: reason, exitStatus: 2)
    }

    /// Nodes that were not begun are carried out as planned, or not at all.
    private func refuseDrift(_ plan: Plan, _ unbegun: [NodeRun]) async throws(EngineError) -> Plan {
        if unbegun.isEmpty { return plan }
        let fresh = try await session.plan(of: unbegun)
        let drifts = try await session.drift(of: fresh, from: plan, on: unbegun)
        for node in unbegun {
            let own = drifts.filter { $0.node == nil || $0.node == node.node.name }
            if own.isEmpty { continue }
            try await node.close(
                NodeOutcome(
                    .notStarted,
                    text: "The plan does not fit any more: \(own.map(\.text).joined(separator: "; ")).",
                    hint: "Make a new plan for it."))
        }
        return plan.narrowed(to: fresh)
    }

    /// Steps done once for the run are not done again: one that was begun is gone on with by the target that began it,
    /// whichever comes to it first.
    private func takeSharedSteps() async {
        for slot in shared.list.main where slot.isShared {
            for node in session.nodes {
                switch await node.earlierShare(of: slot) {
                case .ended(let ending): await shared.sharedSteps.put(ending, for: slot.index)
                case .unfinished:
                    await shared.sharedSteps.put(rest: { await node.performForAll(slot) }, for: slot.index)
                case nil: continue
                }
            }
        }
    }
}

extension NodeRun {
    /// Takes up what an earlier process knew of this node, from the journal.
    func restore(from past: RunPast, planned: PlannedTarget?) async {
        self.planned = planned
        predictions = planned?.predictions ?? []
        facts = progress.survey?.facts ?? [:]
        _ = try? bindFacts()
        for (scope, entry) in shared.list.scopes.enumerated() { restoreFindings(scope, entry) }
        for answer in progress.answers[.detect]?.values ?? [:].values {
            guard let id = answer.invocation else { continue }
            answers[answer.probe] = await stored(id, answer.outcome, past)
        }
        before = answers
        for slot in shared.list.slots {
            guard let ending = progress.steps[slot.index]?.ending else { continue }
            let answer = ending.outcome == nil ? nil : await stored(ending.id, ending.outcome, past)
            answers["step \(slot.index)"] = answer
            records[slot.index] = Self.record(of: ending, answer)
        }
    }

    private func restoreFindings(_ scope: Int, _ entry: RunbookScope) {
        guard let detect = entry.runbook.detect else { return }
        let judgements = detect.compactMap { probe in
            progress.answers[.detect]?[entry.prefix + probe.name].map {
                ProbeJudgement(verdict: $0.verdict, causes: $0.causes)
            }
        }
        let (verdict, causes) = ProbeJudgement.overall(judgements)
        let found = entry.runbook.diagnose.flatMap {
            progress.answers[.diagnose]?[entry.prefix + $0.name]?.causes ?? []
        }
        findings[scope] = ScopeFindings(verdict: verdict, causes: Self.union([causes, found]))
    }

    private func stored(_ id: InvocationID, _ outcome: InvocationOutcome?, _ past: RunPast) async -> Answer {
        Answer(
            outcome: outcome ?? .lost(reason: "it was not recorded"),
            standardOutput: (try? await past.output(id, .standardOutput, Answer.keptBytes)) ?? [],
            standardError: (try? await past.output(id, .standardError, Answer.keptBytes)) ?? [], id: id)
    }
}
