import Model

/// A run of the program that `FakeSite` plays, with what it takes to go on with it or to undo it.
struct FakeRun: Sendable {
    let id: RunID
    private(set) var events: [RecordedEvent] = []
    var plan: Plan?
    /// The steps that are still to be done, by their places in the plan.
    var left: [(index: Int, step: Step)] = []
    /// What was there before its steps, in their order.
    var former: [(key: String, value: String?)] = []
    /// Steps that were done and can't be undone.
    var lasting: [String] = []
    var wasKilled = false

    init(_ number: UInt64, _ kind: RunHeader.Kind) {
        id = RunID(random: 0, number)
        tell(
            .runStarted(
                RunHeader(
                    id: id, kind: kind, runbook: RunbooksFixture.name, runbookVersion: 1,
                    targets: NodeSet(names: [FakeSite.node]), selector: "@*", parameters: [:],
                    requester: Self.requester, program: "1")))
    }

    static let requester = Requester(user: "op", userID: 1, sudoUser: nil, host: "h", sshClient: nil)

    mutating func tell(_ event: RunEvent) {
        events.append(RecordedEvent(run: id, sequence: events.count + 1, time: events.count, event: event))
    }

    func invocation(_ index: Int) -> InvocationID { InvocationID(run: id, target: 0, step: index, attempt: 1) }

    mutating func start(_ index: Int, _ step: Step) {
        tell(
            .stepIntended(
                node: FakeSite.node,
                StepIntent(
                    id: invocation(index), name: step.name, purpose: .apply, verb: "run", scriptDigest: "",
                    effect: .once, bootID: "b", machineID: "m")))
        tell(.stepStarted(node: FakeSite.node, invocation(index)))
    }

    mutating func end(_ index: Int, _ step: Step) {
        tell(
            .stepEnded(
                node: FakeSite.node,
                StepEnding(
                    id: invocation(index), name: step.name, purpose: .apply, status: .changed, mayHaveChanged: true)))
    }

    mutating func finish(_ outcome: OutcomeClass, irreversible: [String] = []) {
        tell(.nodeFinished(node: FakeSite.node, NodeOutcome(outcome, irreversible: irreversible)))
    }
}
