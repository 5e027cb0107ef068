import Engine
import Model
import TestSupport

/// A cluster of fake nodes with its engine and journal.
struct Site: Sendable {
    let nodes: [FakeNode]
    let controller = FakeNode("controller")
    let clock = SkippingClock()
    var labels: [String: [String: String]] = [:]
    var roles: [String: [String]] = [:]
    var parameters: [String: Value] = [:]
    var gates: any RunGates = OpenGates()
    var outOfService: Set<String>?

    /// Nodes `n1` to `n<count>`, each with `values`.
    init(_ count: Int = 1, values: [String: String] = ["state": "bad"]) {
        nodes = (1...count).map { FakeNode("n\($0)", values: values) }
    }

    static let requester = Requester(user: "op", userID: 1000, sudoUser: nil, host: "ctl", sshClient: nil)
    static let run = RunID(random: 1, 2)

    subscript(_ name: String) -> FakeNode { nodes.first { $0.name == name } ?? controller }

    func engine(_ log: MemoryLog, remember: (@Sendable (EscalationAttempt) async throws -> Void)? = nil) -> RunEngine {
        var query: (@Sendable () async -> SchedulerAnswer)?
        if let out = outOfService { query = { .out(out) } }
        return RunEngine(
            RunEnvironment(
                connector: FakeConnector(nodes + hosts), controller: FakeConnector([controller]), log: log,
                clock: clock,
                gates: gates, compiler: TestCompiler(), secrets: { SecretBytes(Array($0.utf8)) },
                secretDigest: { "digest-of-\($0)" }, outOfService: query, remember: remember))
    }

    var hosts: [FakeNode] { hostNodes }
    private let hostNodes = [FakeNode("head1"), FakeNode("head2")]

    func request(
        _ runbook: Runbook, kind: RunHeader.Kind = .apply, run: RunID = Site.run, targets: [String]? = nil,
        fanout: Int = 64, command: [String] = []
    ) -> RunRequest {
        let names = targets ?? nodes.map(\.name)
        let inventory = (nodes + hosts).map { Node(name: $0.name, labels: labels[$0.name] ?? [:]) }
        return RunRequest(
            header: RunHeader(
                id: run, kind: kind, runbook: runbook.name, runbookVersion: 1, targets: NodeSet(names: names),
                selector: "@*", parameters: [:], requester: Site.requester, program: "1", command: command),
            runbook: runbook,
            inventory: Inventory(
                nodes: Dictionary(uniqueKeysWithValues: inventory.map { ($0.name, $0) }), groups: [:],
                roles: roles.mapValues { NodeSet(names: $0) }),
            targets: inventory.filter { names.contains($0.name) },
            parameters: Dictionary(uniqueKeysWithValues: names.map { ($0, parameters) }), fanout: fanout)
    }

    func apply(
        _ runbook: Runbook, log: MemoryLog = MemoryLog(), control: RunControl = RunControl()
    ) async throws -> RunState {
        try await engine(log).apply(request(runbook), control: control)
    }

    /// What is left of a run for the next process.
    func past(_ log: MemoryLog) -> RunPast {
        RunPast(state: log.runState, plan: log.plan) { id, stream, limit in
            Array(log.output(of: id, stream).prefix(limit))
        }
    }
}

/// Gates that are always open.
struct OpenGates: RunGates {
    var canApproveSteps = true
    var isWindowOpen = true
    var decision = GateDecision.granted(by: Site.requester)

    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision { decision }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision { decision }
    func isOpen(_ window: WindowRequirement) async -> Bool { isWindowOpen }
}

extension RunState {
    /// Where a node ended.
    func end(_ node: String) -> OutcomeClass? { nodes[node]?.outcome?.outcome }
    func text(_ node: String) -> String { nodes[node]?.outcome?.text ?? "" }
    /// Whether the counts sum to the targets.
    var isWhole: Bool { counts.values.reduce(0, +) + inProgress.values.reduce(0, +) == targets.count }
}
