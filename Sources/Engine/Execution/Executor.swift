import Model

/// Carries a plan out: waves of nodes, with their canaries, limits, soaks and failure budget.
actor Executor {
    let shared: RunContext
    let plan: Plan
    let nodes: [String: NodeRun]
    var room: ServiceRoom
    var budget: FailureBudget
    /// Why no further node is started.
    private(set) var stopReason: String?
    /// Nodes that had no room so far.
    var deferred: [String] = []
    /// Nodes that are done and whose end waits for their wave's soak.
    var pending: [String: NodeOutcome] = [:]
    /// Whether only what was begun is brought to its end.
    var isFinishing = false
    /// Waves of this run, and of earlier ones once they were asked for.
    var ownWaves: [WaveRecord] = []
    var pastWaves: [WaveRecord]?

    init(shared: RunContext, plan: Plan, nodes: [NodeRun], out: Set<String>) {
        self.shared = shared
        self.plan = plan
        self.nodes = Dictionary(nodes.map { ($0.node.name, $0) }, uniquingKeysWith: { first, _ in first })
        let unreachable = plan.targets.filter { $0.survey.verdict == .unreachable }.map(\.name)
        room = ServiceRoom(
            limits: plan.strategy.limits, nodes: shared.request.inventory.nodes.values, out: out.union(unreachable))
        budget = FailureBudget(stopsAt: plan.strategy.stopsAtFailure)
    }

    /// Carries out all waves, and ends every node that has no outcome yet.
    func run() async throws(EngineError) {
        try await endWithoutWork()
        await noteFinished()
        for (index, wave) in plan.waves.enumerated() {
            if try await shouldStop() { break }
            try await run(wave: index, names: deferred + wave)
        }
        while !deferred.isEmpty, try await !shouldStop() {
            let before = deferred.count
            let names = deferred
            try await run(wave: plan.waves.count - 1, names: names)
            if deferred.count == before { break }
        }
        try await endPending()
        try await endBegun()
        try await undoSharedSteps()
        try await endTheRest()
    }

    /// Whether no further node may be started, which is recorded once.
    func shouldStop() async throws(EngineError) -> Bool {
        if stopReason != nil { return true }
        if shared.control.level > .go {
            if let failure = await shared.recorder.failure { throw failure }
            try await stop("The run was cancelled.", phase: .cancelling)
            return true
        }
        if let reason = budget.stopReason {
            try await stop(reason, phase: nil)
            return true
        }
        return false
    }

    func stop(_ reason: String, phase: RunPhase?) async throws(EngineError) {
        stopReason = reason
        if let phase { try await shared.recorder.record(.phaseChanged(phase)) }
        try await shared.recorder.record(.stopping(reason: reason))
    }

    /// One wave, and the soak after it.
    private func run(wave index: Int, names: [String]) async throws(EngineError) {
        deferred = []
        let names = try await admitted(names, wave: index)
        if isFinishing && names.isEmpty { return }
        if let out = await shared.environment.outOfService?().names { room.refresh(out, working: working) }
        let isCanary = index < plan.strategy.canaryWaves
        try await shared.recorder.record(.waveStarted(index: index, nodes: NodeSet(names: names)))
        let begin = shared.clock.elapsed()
        switch plan.strategy.order {
        case .nodeFirst: try await runNodeFirst(names, isCanary: isCanary)
        case .stepFirst: try await runStepFirst(names, isCanary: isCanary)
        }
        try await shared.recorder.record(.waveEnded(index: index))
        ownWaves.append(
            WaveRecord(nodes: names.count, milliseconds: (shared.clock.elapsed() - begin).wholeMilliseconds))
        let hasNext = index + 1 < plan.waves.count || !deferred.isEmpty
        if hasNext, try await !shouldStop() { try await soak(isCanary: isCanary) }
        try await endPending()
    }

    /// Nodes that the run has taken out of service and not put back.
    private var working: Set<String> {
        Set(plan.workedOn.map(\.name)).union(plan.targets.filter { $0.survey.verdict == .unreachable }.map(\.name))
    }

    private func soak(isCanary: Bool) async throws(EngineError) {
        guard plan.strategy.soak > 0, !pending.isEmpty else { return }
        try await shared.recorder.record(.phaseChanged(.soaking))
        await shared.control.pause(
            for: .milliseconds(plan.strategy.soak), until: .finishSteps, clock: shared.clock)
        let asked = pending.filter { $0.value.outcome == .remediated }.keys.sorted()
        let results = await Self.each(asked, concurrency: plan.strategy.concurrency) {
            name -> Result<NodeOutcome?, EngineError> in
            guard let node = self.nodes[name] else { return .success(nil) }
            return await Self.result { () async throws(EngineError) -> NodeOutcome? in
                let verification = try await node.soakAgain()
                return verification.result == .broken ? try await node.failAfterSoak(verification) : nil
            }
        }
        for (name, result) in results {
            guard let outcome = try result.get() else { continue }
            pending[name] = outcome
            room.enter(name)
            budget.note(name, outcome.outcome, isCanary: isCanary)
        }
        try await shared.recorder.record(.phaseChanged(.running))
    }

    private func endPending() async throws(EngineError) {
        for (name, outcome) in pending.sorted(by: { $0.key < $1.key }) {
            pending[name] = nil
            try await nodes[name]?.close(outcome)
        }
    }

    /// Takes in how work on one node ended; its end is recorded now, or after the soak.
    func finished(_ name: String, _ outcome: NodeOutcome, isCanary: Bool, wasOut: Bool) async throws(EngineError) {
        room.leave(name, outcome.outcome, wasOut: wasOut)
        budget.note(name, outcome.outcome, isCanary: isCanary)
        if plan.strategy.soak > 0 && outcome.outcome == .remediated {
            pending[name] = outcome
        } else {
            try await nodes[name]?.close(outcome)
        }
    }

    /// Does `work` for each name, so many at a time.
    static func each<R: Sendable>(
        _ names: [String], concurrency: Int, _ work: @escaping @Sendable (String) async -> R
    ) async -> [(String, R)] {
        await withTaskGroup(of: (String, R).self) { group in
            var rest = names[...]
            var results: [(String, R)] = []
            func start() {
                guard let name = rest.popFirst() else { return }
                group.addTask { (name, await work(name)) }
            }
            for _ in 0..<max(1, concurrency) { start() }
            while let result = await group.next() {
                results.append(result)
                start()
            }
            return results
        }
    }

    static func result<R: Sendable>(
        _ work: () async throws(EngineError) -> R
    ) async -> Result<R, EngineError> {
        do { return .success(try await work()) } catch { return .failure(error) }
    }
}
