import Model
import Testing

@Suite struct RunStateTests {
    static let run = RunID(random: 1, 2)
    static let names = (1...5).map { "n\($0)" }

    static func header() -> RunHeader {
        RunHeader(
            id: run, kind: .apply, runbook: "test", runbookVersion: 1, targets: NodeSet(names: names), selector: "@*",
            parameters: [:], requester: Requester(user: "op", userID: 1, sudoUser: nil, host: "h", sshClient: nil),
            program: "1")
    }

    static func recorded(_ events: [RunEvent]) -> [RecordedEvent] {
        events.enumerated().map {
            RecordedEvent(run: run, sequence: $0.offset + 1, time: 100 + $0.offset, event: $0.element)
        }
    }

    /// Random events, sensible or not.
    static func sequence(seed: UInt64) -> [RunEvent] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var events: [RunEvent] = [.runStarted(header())]
        for _ in 0..<200 {
            let node = next(20) == 0 ? "stranger" : names[next(5)]
            let id = InvocationID(run: run, target: 0, step: next(3), attempt: 1 + next(2))
            let intent = StepIntent(
                id: id, name: "s", purpose: .apply, verb: "run", scriptDigest: "", effect: .once, bootID: "b",
                machineID: "m")
            switch next(9) {
            case 0: events.append(.nodeStateChanged(node: node, NodeState.allCases[next(NodeState.allCases.count)]))
            case 1:
                events.append(
                    .nodeFinished(node: node, NodeOutcome(OutcomeClass.allCases[next(OutcomeClass.allCases.count)])))
            case 2: events.append(.stepIntended(node: node, intent))
            case 3: events.append(.stepStarted(node: node, id))
            case 4:
                let status = StepEnding.Status.allCases[next(StepEnding.Status.allCases.count)]
                events.append(.stepEnded(node: node, StepEnding(id: id, name: "s", purpose: .apply, status: status)))
            case 5: events.append(.resumed(by: header().requester))
            case 6: events.append(.runStarted(header()))
            case 7: events.append(.leased(node: node, fence: next(9)))
            default: events.append(.phaseChanged(RunPhase.allCases[next(RunPhase.allCases.count)]))
            }
        }
        return events
    }

    @Test(arguments: 1...60)
    func theCountsSumToTheTargetsAfterEveryEvent(seed: Int) {
        var state = RunState()
        for event in Self.recorded(Self.sequence(seed: UInt64(seed))) {
            state.apply(event)
            #expect(state.counts.values.reduce(0, +) + state.inProgress.values.reduce(0, +) == 5)
            #expect(Set(state.nodes.keys) == Set(Self.names))
        }
    }

    @Test func aFoldInTwoPartsIsTheFold() {
        let events = Self.recorded(Self.sequence(seed: 99))
        for cut in stride(from: 0, through: events.count, by: 17) {
            var state = RunState(events.prefix(cut))
            for event in events.dropFirst(cut) { state.apply(event) }
            #expect(state == RunState(events))
        }
    }

    @Test func aResumedRunTakesUpWhatWasUnknownOrHeldAndNothingElse() {
        var held = NodeOutcome(.failed)
        held.isHeld = true
        let state = RunState(
            Self.recorded([
                .runStarted(Self.header()), .nodeFailing(node: "n1", NodeFailure(.ask, text: "x")),
                .nodeFinished(node: "n1", held), .nodeFailing(node: "n2", NodeFailure(.settle, text: "x")),
                .nodeFinished(node: "n2", NodeOutcome(.unknown)), .nodeFinished(node: "n3", NodeOutcome(.failed)),
                .nodeFinished(node: "n4", NodeOutcome(.remediated)),
                .runFinished(RunEnding(counts: [:], exitStatus: 1)), .resumed(by: Self.header().requester),
            ]))
        #expect(state.counts == [.failed: 1, .remediated: 1])
        #expect(state.nodes["n1"]?.failure == nil)
        #expect(state.nodes["n2"]?.failure?.response == .settle)
        #expect(state.ending == nil && state.phase == .running)
    }

    @Test func aStepMayHaveChangedSomethingUnlessItIsKnownThatItDidNot() {
        let id = InvocationID(run: Self.run, target: 0, step: 0, attempt: 1)
        let intent = StepIntent(
            id: id, name: "s", purpose: .apply, verb: "run", scriptDigest: "", effect: .once, bootID: "b",
            machineID: "m")
        func mayHaveChanged(_ events: [RunEvent]) -> Bool {
            RunState(Self.recorded([.runStarted(Self.header())] + events)).nodes["n1"]?.steps[0]?.mayHaveChanged
                ?? false
        }
        func ended(_ status: StepEnding.Status, _ may: Bool) -> RunEvent {
            .stepEnded(node: "n1", StepEnding(id: id, name: "s", purpose: .apply, status: status, mayHaveChanged: may))
        }
        let sent = RunEvent.stepIntended(node: "n1", intent)
        #expect(mayHaveChanged([sent]))
        #expect(mayHaveChanged([sent, ended(.changed, false)]))
        #expect(mayHaveChanged([sent, ended(.failed, true)]))
        #expect(mayHaveChanged([sent, ended(.unknown, true)]))
        #expect(!mayHaveChanged([sent, ended(.failed, false)]))
        #expect(!mayHaveChanged([ended(.unchanged, false)]))
        let undone: [RunEvent] = [sent, .guardSettled(node: "n1", id, fired: true), ended(.failed, false)]
        #expect(!mayHaveChanged(undone))
        var again = intent
        again.id.attempt = 2
        #expect(mayHaveChanged(undone + [.stepIntended(node: "n1", again)]))
    }

    @Test(arguments: [
        (RunHeader.Kind.apply, [OutcomeClass.healthy: 3, .remediated: 1], 0), (.apply, [.healthy: 3, .advised: 1], 1),
        (.apply, [.failed: 1], 1), (.apply, [.unreachable: 1, .remediated: 5], 1),
        (.plan, [.healthy: 1, .broken: 2], 0),
        (.plan, [.broken: 1, .inconclusive: 1], 1), (.diagnose, [.healthy: 2], 0), (.diagnose, [.broken: 1], 1),
        (.rollback, [.rolledBack: 2], 0), (.rollback, [.rolledBack: 1, .rollbackFailed: 1], 1),
        (.exec, [.healthy: 9], 0),
        (.exec, [.healthy: 9, .failed: 1], 1),
    ])
    func theExitStatusFollowsFromTheKindAndTheCounts(kind: RunHeader.Kind, counts: [OutcomeClass: Int], status: Int) {
        #expect(ExitStatus.of(kind, counts: counts) == status)
        #expect(ExitStatus.of(kind, counts: counts, isInterrupted: true) == 130)
    }

    @Test(arguments: [
        ([OutcomeClass.notStarted: 1], 1, 2), ([.remediated: 3, .notStarted: 2], 2, 2),
        ([.remediated: 3, .notStarted: 2], 1, 1), ([.failed: 1, .notStarted: 1], 1, 1), ([.healthy: 2], 0, 0),
    ])
    func nodesThatOtherRunsHoldAreARefusalUnlessMoreWentWrong(
        counts: [OutcomeClass: Int], held: Int, status: Int
    ) {
        #expect(ExitStatus.of(.apply, counts: counts, held: held) == status)
        #expect(ExitStatus.of(.apply, counts: counts, held: held, isInterrupted: true) == 130)
    }
}
