import Model

@testable import runbook

/// A run that is told event by event, a second after the other, without a node.
struct StagedRun {
    static let id = RunID(random: 0x3f9c_12ab_0000_0000, 1)
    /// Of the first event, in milliseconds since 1970.
    static let start = 1_800_000_000_000

    let names: [String]
    private(set) var state = RunState()
    private(set) var pace = Pace()
    private var told = 0
    private var idle = 0

    init(_ names: [String], kind: RunHeader.Kind = .apply, parent: RunID? = nil) {
        self.names = names
        tell(
            .runStarted(
                RunHeader(
                    id: Self.id, kind: kind, runbook: "fix", runbookVersion: 1, targets: NodeSet(names: names),
                    selector: "@*", parameters: [:],
                    requester: Requester(user: "op", userID: 1, sudoUser: nil, host: "h", sshClient: nil),
                    parent: parent, program: "1")))
    }

    /// `n0001` and so on.
    init(_ count: Int, kind: RunHeader.Kind = .apply, parent: RunID? = nil) {
        self.init(
            (1...count).map { number in
                let digits = String(number)
                return "n" + String(repeating: "0", count: 4 - digits.count) + digits
            }, kind: kind, parent: parent)
    }

    /// `seconds` are those that went by besides.
    mutating func tell(_ event: RunEvent, after seconds: Int = 0) {
        idle += seconds
        let time = Self.start + (told + idle) * 1000
        let event = RecordedEvent(run: Self.id, sequence: told + 1, time: time, event: event)
        state.apply(event)
        pace.take(event, state)
        told += 1
    }

    /// The plan is made of these waves, and is carried out.
    mutating func carryOut(_ waves: [[String]]) {
        tell(
            .planned(
                PlanSummary(
                    digest: "d", gate: .none, waves: waves.map { NodeSet(names: $0) }, stopsAtFailure: 1, predicted: 0,
                    predictable: 0)))
        tell(.phaseChanged(.running))
        tell(.waveStarted(index: 0, nodes: NodeSet(names: waves[0])))
    }

    /// The attempt of a step on one of its nodes.
    func invocation(_ node: String, step: Int = 0) -> InvocationID {
        InvocationID(run: Self.id, target: names.firstIndex(of: node) ?? 0, step: step, attempt: 1)
    }

    mutating func begin(_ step: String, at index: Int = 0, on node: String) {
        tell(.nodeStateChanged(node: node, .changing))
        tell(
            .stepIntended(
                node: node,
                StepIntent(
                    id: invocation(node, step: index), name: step, purpose: .apply, verb: "run", scriptDigest: "",
                    effect: .once, bootID: "b", machineID: "m")))
    }

    mutating func end(_ node: String, _ outcome: NodeOutcome) { tell(.nodeFinished(node: node, outcome)) }

    mutating func finish(exitStatus: Int = 1) {
        tell(.runFinished(RunEnding(counts: state.counts, exitStatus: exitStatus)))
    }
}

/// The columns of a line without combining characters, of which those from the radicals on are wide.
func width(_ line: String) -> Int {
    line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
}
