import Model

/// One run from its first event to its last: what the kinds of runs have in common.
struct RunSession: Sendable {
    let shared: RunContext
    let nodes: [NodeRun]

    /// Begins a run, or goes on with one of which `history` is known. A rollback has the run that it undoes with what
    /// that run did on each node. `plan` is that of the run that is gone on with or undone: its steps keep their numbers,
    /// and nodes on which it was begun their items and what its expressions saw of them.
    /// - Throws: `EngineError`.
    static func open(
        _ request: RunRequest, environment: RunEnvironment, control: RunControl, history: RunState? = nil,
        undone: (run: RunID, nodes: [String: NodeProgress])? = nil, plan: Plan? = nil
    ) async throws(EngineError) -> RunSession {
        var request = request
        request.targets = try ordered(request)
        let list = try stepList(request, planned: plan?.steps)
        let planned = Dictionary(
            (plan?.targets ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let recorder = RunRecorder(
            run: request.header.id, state: history ?? RunState(), environment: environment, control: control)
        if let history {
            try await recorder.record(.resumed(by: request.header.requester))
            var shared = RunContext(
                request: request, list: list, environment: environment, recorder: recorder, control: control,
                epoch: history.resumptions + 2)
            shared.undoneRun = undone?.run
            let own = await recorder.state.nodes
            return try RunSession(
                shared: shared, progress: undone?.nodes.merging(own) { $0.continued(by: $1) } ?? own,
                planned: planned)
        }
        try await recorder.record([.runStarted(request.header), .phaseChanged(.surveying)])
        var shared = RunContext(
            request: request, list: list, environment: environment, recorder: recorder, control: control, epoch: 1)
        shared.undoneRun = undone?.run
        return try RunSession(shared: shared, progress: undone?.nodes ?? [:], planned: planned)
    }

    private init(
        shared: RunContext, progress: [String: NodeProgress], planned: [String: PlannedTarget]
    ) throws(EngineError) {
        self.shared = shared
        var nodes: [NodeRun] = []
        for (index, node) in shared.request.targets.enumerated() {
            let own = progress[node.name]
            nodes.append(
                try NodeRun(
                    node: node, index: index, shared: shared, progress: own,
                    planned: shared.undoneRun == nil && Self.isPlannedAnew(own) ? nil : planned[node.name]))
        }
        self.nodes = nodes
    }

    /// What was not begun is surveyed again when the run is gone on with, and held to the plan.
    private static func isPlannedAnew(_ progress: NodeProgress?) -> Bool {
        guard let progress else { return true }
        if case .survey = ResumeDecision(progress) { return true }
        return false
    }

    /// The targets in the order that gives them their indexes.
    private static func ordered(_ request: RunRequest) throws(EngineError) -> [Node] {
        let byName = Dictionary(request.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var nodes: [Node] = []
        for name in request.header.targets.names {
            guard let node = byName[name] else { throw EngineError(.internal, "Target \(name) is not described.") }
            nodes.append(node)
        }
        return nodes
    }

    /// The step list, with as many items for each `each` as the target with the most has. A run that is undone may have had
    /// others too, and lists may have changed since: steps keep the numbers under which they were `planned`.
    private static func stepList(
        _ request: RunRequest, planned: [PlannedStep]?
    ) throws(EngineError) -> StepList {
        let flat = StepList(request.runbook) { _, _ in 1 }
        if let planned {
            let names = Set(planned.map(\.name))
            return StepList(request.runbook) { step, scope in
                let name = flat.scopes[scope].prefix + step.name
                return (0...).first { !names.contains("\(name)[\($0)]") } ?? 0
            }
        }
        var failure: EngineError?
        let list = StepList(request.runbook) { step, scope in
            var most = 0
            for node in request.targets {
                do throws(EngineError) {
                    let values = try TargetValues(
                        flat.scopes, node: node, parameters: request.parameters[node.name] ?? [:])
                    most = max(most, try values.items(of: step, scope: scope, node: node)?.count ?? 0)
                } catch {
                    failure = failure ?? error
                }
            }
            return most
        }
        if let failure { throw failure }
        return list
    }

    var state: RunState { get async { await shared.recorder.state } }

    /// Makes the plan of what the survey of `nodes` found.
    func plan(of nodes: [NodeRun]) async throws(EngineError) -> Plan {
        var observations: [Observation] = []
        let names = NodeNames(shared.request.runbook)
        for node in nodes { observations.append(try await node.observation(naming: names)) }
        var plan = Planner(request: shared.request, list: shared.list).plan(
            observations, now: shared.clock.wallTime())
        if !shared.request.runbook.strategy.limits.isEmpty {
            switch await shared.environment.outOfService?() ?? .none {
            case .none: plan.notes.append("Limits count this program's own runs only: there is no scheduler to ask.")
            case .silent(let host):
                plan.notes.append(
                    "Limits count this program's own runs only: the scheduler on \(host) does not answer, so nobody knows what else is out of service."
                )
            case .out: break
            }
        }
        return shared.recorder.shown(plan)
    }

    /// In what `fresh`, the plan of what `nodes` are now, is more or other than `approved`, by whose numbers the run goes
    /// on.
    func drift(of fresh: Plan, from approved: Plan, on nodes: [NodeRun]) async throws(EngineError) -> [Drift] {
        var drifts = fresh.drift(from: approved)
        let workedOn = Set(fresh.workedOn.map(\.name))
        for node in nodes where workedOn.contains(node.node.name) {
            for step in try await node.grownSteps() {
                drifts.append(Drift(node: node.node.name, "step '\(step)' has more items in its list now"))
            }
        }
        return drifts
    }

    /// Ends the targets that have no outcome yet as the survey found them.
    func endAsSurveyed() async throws(EngineError) {
        for node in nodes where await node.isOpen {
            try await node.close(SurveyEnd.outcome(node.progress.survey, isReadOnly: true))
        }
    }

    /// Ends the targets that have no outcome yet: those that nothing was wrong with as they are, the others unbegun.
    func endUnbegun(_ reason: String) async throws(EngineError) {
        for node in nodes where await node.isOpen {
            let survey = await node.progress.survey
            let isBegun = survey?.verdict == .broken && survey?.unmetRequirement == nil || survey == nil
            try await node.close(
                isBegun ? NodeOutcome(.notStarted, text: reason) : SurveyEnd.outcome(survey, isReadOnly: false))
        }
    }

    /// Records the run's end.
    /// - Returns: the run as it ended.
    func finish(stopReason: String? = nil, exitStatus: Int? = nil) async throws(EngineError) -> RunState {
        for node in nodes { await node.closeSessions() }
        let state = await state
        let isInterrupted = shared.control.level > .go
        let status =
            exitStatus
            ?? ExitStatus.of(
                shared.request.header.kind, counts: state.counts, held: state.heldByOthers,
                isInterrupted: isInterrupted)
        try await shared.recorder.record(
            .runFinished(
                RunEnding(counts: state.counts, stopReason: stopReason ?? state.stopReason, exitStatus: status)))
        return await self.state
    }

    /// Leaves the run at a gate: without connections, until it can go on.
    func wait(_ reason: String, phase: RunPhase) async throws(EngineError) -> RunState {
        for node in nodes { await node.closeSessions() }
        try await shared.recorder.record([.stopping(reason: reason), .phaseChanged(phase)])
        return await state
    }

    /// Leaves the run for `resume`.
    func leave() async throws(EngineError) -> RunState {
        for node in nodes { await node.closeSessions() }
        try await shared.recorder.record(.phaseChanged(.interrupted))
        return await state
    }
}

extension NodeProgress {
    /// What a rollback starts from: what the undone run did here, and nothing of how that ended. Of undos that failed it
    /// has nothing either, since they are no failures of the rollback.
    var toBeUndone: NodeProgress {
        var node = self
        node.steps = steps.filter { $1.purpose != .undo || $1.isUndone || $1.isOpen }
        node.outcome = nil
        node.failure = nil
        node.fence = nil
        node.state = .queued
        node.identity = nil
        return node
    }

    /// The undone run's part, with how far the rollback came. What others have undone meanwhile is done, whatever the
    /// rollback knows of its own attempts.
    fileprivate func continued(by rollback: NodeProgress) -> NodeProgress {
        var node = rollback
        node.steps = steps.merging(rollback.steps) { known, own in known.isUndone ? known : own }
        node.survey = rollback.survey ?? survey
        node.answers = answers.merging(rollback.answers) { _, own in own }
        return node
    }
}

extension NodeRun {
    /// What the planner is told of this target, of which the runbook names `names`.
    func observation(naming names: NodeNames) async throws(EngineError) -> Observation {
        var parameters: [String: String] = [:]
        for (name, value) in values.parameters[0] {
            if case .secret(let reference) = value {
                if secretDigests[reference] == nil { secretDigests[reference] = try await secretDigest(reference) }
                parameters[name] = "hmac:\(secretDigests[reference] ?? "")"
            } else {
                parameters[name] = value.displayText
            }
        }
        let survey = progress.survey ?? Survey(verdict: .inconclusive, text: "It was not asked.")
        let becomes = node.become.method != .none && runbook.become != false
        return Observation(
            node: node, survey: survey, parameters: parameters, items: items, named: names.values(of: seen),
            predictions: predictions, becomeUser: becomes ? node.become.user : nil,
            hostKeys: await shared.environment.hostKeys(node),
            wordings: wordings, couldHaveWritten: couldHaveWritten)
    }

    /// Steps whose `each` lists more items here than the run's steps have numbers for.
    func grownSteps() throws(EngineError) -> [String] {
        var names: [String] = []
        for (scope, entry) in shared.list.scopes.enumerated() {
            for step in entry.runbook.steps + entry.runbook.always {
                if case .runbook = step.verb { continue }
                guard let items = try values.items(of: step, scope: scope, node: seen) else { continue }
                let numbered = shared.list.slots.count { $0.scope == scope && $0.step.name == step.name }
                if items.count > numbered { names.append(entry.prefix + step.name) }
            }
        }
        return names
    }

    /// Takes the plan that is carried out.
    func take(_ target: PlannedTarget?, gate: GateKind, digest: String) {
        planned = target
        admittedGate = gate
        planDigest = digest
    }
}
