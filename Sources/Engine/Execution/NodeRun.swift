import Model

/// One target's part in a run: its sessions, what is known of it, and all that is done on it, in one order.
actor NodeRun {
    let node: Node
    /// The node as expressions see it: with the plan's labels, groups and variables, where there is a plan already.
    let seen: Node
    /// The target's place in the run's target list.
    let index: Int
    let shared: RunContext
    private(set) var values: TargetValues
    /// By slot: the item that it is for; nil where this target has no such item.
    let items: [Int: Value]
    /// Slots whose item this target does not have.
    let missingItems: Set<Int>

    var sessions: [String: any NodeSession] = [:]
    var identity: NodeIdentity?
    var progress: NodeProgress
    /// By scope: what detect and diagnose found there.
    var findings: [ScopeFindings]
    /// Answers of probes and steps, by their name in the plan.
    var answers: [String: Answer] = [:]
    /// Detect's answers, for verify.
    var before: [String: Answer] = [:]
    var facts: [String: String] = [:]
    /// By slot; what is expected, or what became of it.
    var records: [Int: StepRecord] = [:]
    var predictions: [Prediction] = []
    /// By slot: what the step does here and how it is undone, in words.
    var wordings: [Int: StepWording] = [:]
    /// What the plan says of this target, once there is one.
    var planned: PlannedTarget?
    /// The plan's gate: no step with a higher one runs.
    var admittedGate = GateKind.none
    var planDigest = ""
    var isLeased = false
    /// It stopped before its end, for `resume`.
    var isInterrupted = false
    /// Why no further step begins here; what was sent is taken up all the same.
    var haltReason: String?
    /// The last attempt did not reach the node.
    var lastWasUnreachable = false
    /// What the last thing that could not be sent says to do next.
    var lastHint: String?
    /// The rung that was tried last, until it is known whether it helped.
    var openRung: StepSlot?
    /// `runbook rollback`: undos give `$RUNBOOK_EXPECT` unless they are forced.
    var undoExpectsLeftValue = false
    var secretDigests: [String: String] = [:]
    /// Something ran here that was to change nothing, and that nothing kept from it.
    var couldHaveWritten = false
    /// When its first step began, for the runbook's timeout.
    var began: Duration?
    /// A state that is not recorded yet.
    private var entered: NodeState?
    /// Tells the node what is durable, while the run goes on.
    var acknowledgement: Task<Void, Never>?
    private var readOnlyCount = 0
    /// By name: askings whose end nobody has heard. They may be alive on the node still.
    var unheard: [String: [InvocationID]] = [:]

    /// `planned` is what the plan has of this target, where there is one already: what the inventory says now may be
    /// something else.
    /// - Throws: `EngineError` of code `runbook` for parameters of included runbooks or items that can't be known.
    init(
        node: Node, index: Int, shared: RunContext, progress: NodeProgress? = nil, planned: PlannedTarget? = nil
    ) throws(EngineError) {
        self.node = node
        seen = node.with(planned?.named)
        self.index = index
        self.shared = shared
        let parameters = shared.request.parameters[node.name] ?? [:]
        values = try TargetValues(shared.list.scopes, node: seen, parameters: parameters)
        var items: [Int: Value] = [:]
        var missing: Set<Int> = []
        for slot in shared.list.slots {
            guard let item = slot.item else { continue }
            if let planned = planned?.items {
                items[slot.index] = planned[slot.index]
            } else {
                let all = try values.items(of: slot.step, scope: slot.scope, node: seen) ?? []
                if all.indices.contains(item) { items[slot.index] = all[item] }
            }
            if items[slot.index] == nil { missing.insert(slot.index) }
        }
        self.items = items
        missingItems = missing
        self.progress = progress ?? NodeProgress(name: node.name)
        identity = progress?.identity
        findings = Array(repeating: ScopeFindings(), count: shared.list.scopes.count)
    }

    var clock: any EngineClock { shared.clock }
    var runbook: Runbook { shared.request.runbook }

    // MARK: Recording

    /// Returns once `events` are durable and taken into `progress`.
    func record(_ events: RunEvent...) async throws(EngineError) { try await record(events) }

    func record(_ events: [RunEvent]) async throws(EngineError) {
        var events = events
        if let state = entered {
            entered = nil
            events.insert(.nodeStateChanged(node: node.name, state), at: 0)
        }
        try await shared.recorder.record(events)
        for event in events { progress.apply(event) }
    }

    /// Enters a state, which is recorded together with the next event, or by `tellState` before that.
    func enter(_ state: NodeState) async throws(EngineError) {
        try await tellState()
        if progress.state != state || progress.outcome != nil { entered = state }
    }

    /// Records a state that was entered, before anything that takes time begins.
    func tellState() async throws(EngineError) {
        if entered != nil { try await record([]) }
    }

    // MARK: Ids

    /// The next id for read-only work; never used for anything that changes the node.
    func readOnlyID() -> InvocationID {
        defer { readOnlyCount += 1 }
        return InvocationID(
            run: shared.run, target: index, step: shared.list.readOnlyBase + readOnlyCount, attempt: shared.epoch)
    }

    func id(step: Int, attempt: Int) -> InvocationID {
        InvocationID(run: shared.run, target: index, step: step, attempt: attempt)
    }

    // MARK: Expressions

    /// Gives included runbooks what the node's facts say now.
    /// - Returns: how a fact does not fit; nil where all do.
    func bindFacts() throws(EngineError) -> String? {
        values = try TargetValues(
            shared.list.scopes, node: seen, parameters: shared.request.parameters[node.name] ?? [:], facts: facts)
        return values.misfit
    }

    /// What an expression of `scope` sees on this target now.
    func context(scope: Int, slot: StepSlot? = nil) -> EvaluationContext {
        let prefix = shared.list.scopes[scope].prefix
        var context = EvaluationContext(
            parameters: values.parameters[scope], node: seen, facts: facts, causes: findings[scope].causes,
            taintedParameters: values.tainted[scope])
        context.steps = stepRecords(scope: scope)
        context.probes = probeRecords(of: answers, prefix: prefix)
        context.before = probeRecords(of: before, prefix: prefix)
        context.item = slot.flatMap { items[$0.index] }
        context.run = [
            "id": .string(shared.loweringRun.description), "runbook": .string(shared.list.scopes[scope].runbook.name),
        ]
        return context
    }

    /// Records by the names that `scope` gives its steps: items and rungs of one step together.
    private func stepRecords(scope: Int) -> [String: StepRecord] {
        var result: [String: StepRecord] = [:]
        for slot in shared.list.slots where slot.scope == scope {
            let record = records[slot.index] ?? StepRecord()
            let names =
                slot.ladder.map { _ in [slot.step.name, slot.enclosing.last?.step.name ?? ""] } ?? [slot.step.name]
            for name in names {
                guard let earlier = result[name] else {
                    result[name] = record
                    continue
                }
                var joined = record
                if earlier.changed == true || record.changed == true {
                    joined.changed = true
                } else if earlier.changed == nil || record.changed == nil {
                    joined.changed = nil
                }
                result[name] = joined
            }
        }
        return result
    }

    private func probeRecords(of answers: [String: Answer], prefix: String) -> [String: ProbeRecord] {
        var result: [String: ProbeRecord] = [:]
        for (name, answer) in answers where name.hasPrefix(prefix) {
            result[String(name.dropFirst(prefix.count))] = ProbeRecord(
                standardOutput: answer.outputText, standardError: answer.errorText, exit: answer.exit.map(Int.init),
                facts: AnswerLines(answer.outputText).facts)
        }
        return result
    }
}

/// What detect and diagnose found in one runbook of a plan.
struct ScopeFindings: Sendable, Hashable {
    var verdict = Verdict.broken
    var causes: [String] = []
}
