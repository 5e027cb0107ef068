import Model

/// What the planner is told of one target.
struct Observation: Sendable {
    var node: Node
    var survey: Survey
    /// Parameters as text; a secret as its HMAC.
    var parameters: [String: String]
    /// By step: the item of its `each`.
    var items: [Int: Value] = [:]
    /// What the runbook names of it.
    var named: NamedValues?
    var predictions: [Prediction]
    var becomeUser: String?
    /// Fingerprints of the recorded host keys.
    var hostKeys: [String] = []
    /// By step: what it does there and how it is undone, in words.
    var wordings: [Int: StepWording] = [:]
    /// Probes ran there that nothing kept from writing.
    var couldHaveWritten = false
}

/// Makes a plan out of what the survey found. It decides everything and does nothing.
struct Planner {
    let request: RunRequest
    let list: StepList

    /// A day, in milliseconds.
    static let lifetime = 86_400_000

    /// The plan for `observations`, made at `now` (milliseconds since 1970).
    func plan(_ observations: [Observation], now: Int) -> Plan {
        let runbook = request.runbook
        let broken = observations.filter(Self.isWorkedOn)
        let unreachable = observations.count { $0.survey.verdict == .unreachable }
        let waves = Waves(broken.map(\.node), strategy: runbook.strategy)
        let tolerated = runbook.strategy.maxFailures.tolerance(of: broken.count + unreachable)
        var plan = Plan(
            runbook: runbook.name, runbookVersion: runbook.version,
            sources: Dictionary(
                runbook.sources.map { ($0.path, Digest.hex(of: $0.bytes)) }, uniquingKeysWith: { first, _ in first }),
            selector: request.header.selector, program: request.header.program,
            supervisor: request.supervisorVersion, created: now,
            expires: max(now + Self.lifetime, request.windowEnd ?? 0), approve: runbook.approve,
            window: runbook.window, gate: .none, steps: list.slots.map { slot in step(slot, broken) },
            targets: observations.map(target), waves: waves.waves,
            strategy: PlannedStrategy(
                order: runbook.strategy.order, concurrency: runbook.strategy.concurrency,
                stopsAtFailure: tolerated + 1, canaryWaves: waves.canaries, limits: limits(observations),
                soak: runbook.strategy.soak.wholeMilliseconds),
            notes: [])
        plan.gate = plan.neededGate
        let open = observations.filter(\.couldHaveWritten).map(\.node.name)
        if !open.isEmpty {
            plan.notes.append(
                "Nothing kept probes on \(NodeSet(names: open).folded) from writing: that needs systemd and root there."
            )
        }
        if unreachable > tolerated {
            plan.notes.append(
                "\(unreachable) targets are unreachable and \(tolerated) failures are tolerated, so nothing will start."
            )
        }
        return plan
    }

    /// Whether anything may be done on the target.
    static func isWorkedOn(_ observation: Observation) -> Bool {
        observation.survey.verdict == .broken && observation.survey.unmetRequirement == nil
            && observation.predictions.contains { $0.kind != .skipped }
    }

    private func step(_ slot: StepSlot, _ broken: [Observation]) -> PlannedStep {
        let own = broken.lazy.compactMap { $0.wordings[slot.index] }.first
        let general = StepWording(of: slot)
        return PlannedStep(
            index: slot.index, name: slot.name, verb: slot.step.verb.keyword, gate: slot.gate,
            causes: slot.step.causes, summary: (own?.summary).flatMap { $0.isEmpty ? nil : $0 } ?? general.summary,
            undo: (own?.undo).flatMap { $0.isEmpty ? nil : $0 } ?? general.undo)
    }

    private func target(_ observation: Observation) -> PlannedTarget {
        let connection = observation.node.connection
        return PlannedTarget(
            name: observation.node.name, address: Self.address(of: observation.node),
            user: connection.user ?? "", jump: connection.proxyJump ?? [],
            hostKeys: observation.hostKeys.sorted(), becomeUser: observation.becomeUser,
            survey: observation.survey, parameters: observation.parameters,
            items: list.slots.contains { $0.item != nil } ? observation.items : nil, named: observation.named,
            predictions: Self.isWorkedOn(observation) ? observation.predictions : [])
    }

    /// Host and port, the port only where it is not SSH's own.
    private static func address(of node: Node) -> String {
        let host = node.connection.address ?? node.name
        guard let port = node.connection.port, port != 22 else { return host }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// By label and by each value that a target has, the most nodes out of service.
    private func limits(_ observations: [Observation]) -> [String: [String: Int]] {
        var limits: [String: [String: Int]] = [:]
        for (label, share) in request.runbook.strategy.limits {
            for value in Set(observations.compactMap { $0.node.labels[label] }) {
                let all = request.inventory.nodes.values.count { $0.labels[label] == value }
                limits[label, default: [:]][value] = share.limit(of: all)
            }
        }
        return limits
    }
}
