import Model

/// Surveys, plans, waits for the gate, and carries the plan out.
struct ApplyRun: Sendable {
    let session: RunSession
    /// The plan that was made and approved earlier; nil to carry out the one that is made now.
    var approved: Plan?
    /// Whether an earlier process was past the gate.
    var isAdmitted = false
    /// Whether an earlier process left the run at the gate of `approved`.
    var isWaiting = false

    private var shared: RunContext { session.shared }

    func run() async throws(EngineError) -> RunState {
        if shared.control.level > .go { return try await stopped("The run was cancelled.") }
        if isWaiting, let approved, let ended = try await endedWaiting(approved) { return ended }
        let open = await openNodes()
        try await Surveyor(shared: shared, nodes: open).survey(depth: .predict)
        if shared.control.level > .go { return try await stopped("The run was cancelled.") }
        let fresh = try await session.plan(of: session.nodes)
        return try await carryOut(fresh, approved: approved)
    }

    private func openNodes() async -> [NodeRun] {
        var open: [NodeRun] = []
        for node in session.nodes where await node.isOpen { open.append(node) }
        return open
    }

    private func carryOut(_ fresh: Plan, approved: Plan?) async throws(EngineError) -> RunState {
        var plan = fresh
        let digest: String
        if let approved {
            digest = approved.digest
            try await shared.recorder.store(approved, digest: digest)
            let drift = try await session.drift(of: fresh, from: approved, on: session.nodes)
            if !drift.isEmpty {
                return try await refused(
                    "The plan does not fit any more: \(drift.map(\.description).joined(separator: "; ")).")
            }
            if shared.clock.wallTime() > approved.expires { return try await refused(Self.expired) }
            plan = approved.narrowed(to: fresh)
        } else {
            digest = fresh.digest
            try await shared.recorder.store(fresh, digest: digest)
        }
        try await shared.recorder.record(.planned(plan.summary(digest: digest)))
        if let reason = refusal(plan) { return try await refused(reason) }
        if !plan.workedOn.isEmpty && !isAdmitted {
            switch await admit(plan, digest) {
            case .granted(let requester):
                if let requester {
                    try await shared.recorder.record(.confirmed(by: requester, planDigest: digest))
                }
            case .refused(let reason, let hint):
                return try await refused([reason, hint].compactMap { $0 }.joined(separator: " "))
            case .waiting(let reason, let phase): return try await session.wait(reason, phase: phase)
            }
        }
        if shared.control.level > .go { return try await stopped("The run was cancelled.") }
        return try await Self.execute(plan, digest: digest, session: session)
    }

    /// Carries `plan` out on the nodes that are open, and ends the run.
    static func execute(_ plan: Plan, digest: String, session: RunSession) async throws(EngineError) -> RunState {
        let shared = session.shared
        let targets = Dictionary(plan.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for node in session.nodes {
            await node.take(targets[node.node.name], gate: plan.gate, digest: digest)
        }
        try await shared.recorder.record(.phaseChanged(.running))
        let out = await shared.environment.outOfService?().names ?? []
        let executor = Executor(shared: shared, plan: plan, nodes: session.nodes, out: out)
        do {
            try await executor.run()
        } catch {
            guard error.code == .waiting else { throw error }
            return try await session.wait(error.message, phase: .waitingApproval)
        }
        let state = await session.state
        if shared.control.isInterrupted && state.inProgress.values.reduce(0, +) > 0 { return try await session.leave() }
        return try await session.finish(stopReason: executor.stopReason)
    }

    private static let expired = "The plan has expired. Make a new one: its approvals were for this one."

    /// Ends or leaves a run that waited, where its nodes need not be asked for that.
    private func endedWaiting(_ plan: Plan) async throws(EngineError) -> RunState? {
        if shared.clock.wallTime() > plan.expires { return try await refused(Self.expired) }
        switch await shared.environment.gates.outlook(plan, digest: plan.digest, run: shared.run) {
        case .granted: return nil
        case .refused(let reason, let hint):
            return try await refused([reason, hint].compactMap { $0 }.joined(separator: " "))
        case .waiting(let reason, let phase): return try await session.wait(reason, phase: phase)
        }
    }

    private func admit(_ plan: Plan, _ digest: String) async -> GateDecision {
        await shared.environment.gates.admit(plan, digest: digest, run: shared.run)
    }

    /// Why the plan can't be carried out whatever the gate says.
    private func refusal(_ plan: Plan) -> String? {
        if !shared.environment.gates.canApproveSteps, let step = plan.steps.first(where: { $0.verb == "approve" }),
            !plan.workedOn.isEmpty
        {
            return "Step '\(step.name)' needs an approval in the middle of the run, which can't be given to this run."
        }
        if let wanted = plan.approve?.coverage, Double(plan.coverage.percent) < wanted, !plan.workedOn.isEmpty {
            return
                "\(plan.coverage.predicted) of \(plan.coverage.all) are predicted, and the runbook asks for \(wanted) %."
        }
        return nil
    }

    private func refused(_ reason: String) async throws(EngineError) -> RunState {
        try await session.endUnbegun(reason)
        return try await session.finish(stopReason: reason, exitStatus: 2)
    }

    private func stopped(_ reason: String) async throws(EngineError) -> RunState {
        if shared.control.isInterrupted { return try await session.leave() }
        try await shared.recorder.record(.stopping(reason: reason))
        try await session.endUnbegun(reason)
        return try await session.finish(stopReason: reason)
    }
}
