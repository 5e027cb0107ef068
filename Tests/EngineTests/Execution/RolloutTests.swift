import Engine
import Model
import TestSupport
import Testing

@Suite struct RolloutTests {
    static func mend(_ strategy: Strategy, onFailure: FailurePolicy = .rollback) -> Runbook {
        .test(steps: [.setting("state", to: "good")], strategy: strategy, onFailure: onFailure)
    }

    /// Makes the step fail on these nodes.
    static func breaking(_ strategy: Strategy) -> Runbook {
        .test(
            steps: [.run("mend", "has cursed\n&& exit 3\nset state good\ncount mended", undo: "print x")],
            strategy: strategy, onFailure: .stop)
    }

    @Test(arguments: [0, 1, 3])
    func theFailureAfterTheToleratedOnesStopsTheRun(tolerated: Int) async throws {
        let site = Site(12)
        for node in site.nodes { node.set("cursed", "yes") }
        let state = try await site.apply(
            Self.breaking(Strategy(batch: .count(1), concurrency: 1, maxFailures: .count(tolerated))))
        #expect(state.counts[.failed] == tolerated + 1)
        #expect(state.counts[.notStarted] == 12 - tolerated - 1)
        #expect(state.isWhole)
        #expect(state.ending?.stopReason != nil)
    }

    @Test func unreachableNodesCountAgainstTheBudgetAndMayKeepItFromStarting() async throws {
        let site = Site(10)
        for name in ["n1", "n2", "n3"] { site[name].goDown() }
        let state = try await site.apply(Self.mend(Strategy(maxFailures: .count(2))))
        #expect(state.counts == [.unreachable: 3, .notStarted: 7])
        #expect(site.nodes.allSatisfy { $0.starts.isEmpty })
    }

    @Test func aCanaryThatFailsStopsTheRunWhateverIsTolerated() async throws {
        let site = Site(10)
        site["n1"].set("cursed", "yes")
        let state = try await site.apply(
            Self.breaking(Strategy(canary: [.count(1)], maxFailures: .percent(50))))
        #expect(state.counts == [.failed: 1, .notStarted: 9])
        #expect(site.nodes.dropFirst().allSatisfy { $0.starts.isEmpty })
    }

    @Test func aWaveStartsOnlyAfterTheOneBeforeIt() async throws {
        let site = Site(6)
        let log = MemoryLog()
        _ = try await site.apply(Self.mend(Strategy(canary: [.count(1)], batch: .count(2))), log: log)
        var open: Set<String> = []
        for event in log.events.map(\.event) {
            switch event {
            case .waveStarted(_, let nodes): open = Set(nodes.names)
            case .stepIntended(let node, _): #expect(open.contains(node))
            default: continue
            }
        }
        #expect(log.events.count { if case .waveStarted = $0.event { true } else { false } } == 4)
    }

    @Test func stepFirstDoesOneStepEverywhereBeforeTheNext() async throws {
        let site = Site(4)
        let log = MemoryLog()
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")], strategy: Strategy(order: .stepFirst))
        let state = try await site.apply(runbook, log: log)
        #expect(state.counts == [.remediated: 4])
        let order = log.events.compactMap { event -> Int? in
            if case .stepIntended(_, let intent) = event.event { intent.id.step } else { nil }
        }
        #expect(order == [0, 0, 0, 0, 1, 1, 1, 1])
    }

    @Test func neverMoreNodesOfOneLabelAreOutOfServiceThanItsLimit() async throws {
        var site = Site(8)
        for (index, node) in site.nodes.enumerated() { site.labels[node.name] = ["rack": index < 4 ? "r1" : "r2"] }
        let log = MemoryLog()
        let state = try await site.apply(Self.mend(Strategy(concurrency: 8, limits: ["rack": .count(1)])), log: log)
        #expect(state.counts == [.remediated: 8])
        var working: Set<String> = []
        for event in log.events.map(\.event) {
            switch event {
            case .nodeStateChanged(let node, .changing): working.insert(node)
            case .nodeFinished(let node, _): working.remove(node)
            default: continue
            }
            #expect(working.count { site.labels[$0]?["rack"] == "r1" } <= 1)
        }
    }

    @Test func aNodeWithoutRoomIsSkippedAndOneOutOfServiceAlreadyIsRepaired() async throws {
        var site = Site(3)
        for node in site.nodes { site.labels[node.name] = ["rack": "r1"] }
        site.outOfService = ["n3"]
        let state = try await site.apply(Self.mend(Strategy(concurrency: 1, limits: ["rack": .count(1)])))
        #expect(state.end("n3") == .remediated)
        // Once it is back there is room for the others, one by one.
        #expect(state.counts == [.remediated: 3])

        var full = Site(2)
        for node in full.nodes { full.labels[node.name] = ["rack": "r1"] }
        full.labels["head1"] = ["rack": "r1"]
        full.outOfService = ["head1"]
        let second = try await full.apply(Self.mend(Strategy(limits: ["rack": .count(1)])))
        #expect(second.counts == [.skipped: 2])
        #expect(full.nodes.allSatisfy { $0.starts.isEmpty })
    }

    @Test func aNodeThatDoesNotStayHealthyDuringTheSoakFollowsOnFailure() async throws {
        let site = Site(2)
        // The first verify sees it healthy, and the soak's detect sees it broken again.
        let detect = Probe.test("state", "is state good\n&& has soaked\n&& exit 1\nis state good")
        let runbook = Runbook.test(
            detect: [detect],
            steps: [.setting("state", to: "good")],
            verify: [.probe(.test("now", "is state good"))],
            strategy: Strategy(batch: .count(1), maxFailures: .count(5), soak: .seconds(30)))
        site["n1"].set("soaked", "yes")
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values["state"] == "bad")
        #expect(state.end("n2") == .remediated)
    }

    @Test func cancellingFinishesTheStepInProgressAndStartsNoOther() async throws {
        let site = Site(3)
        site["n1"].add(FakeFault(.slow(turns: 200), at: .step(0)))
        let control = RunControl()
        let log = MemoryLog()
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")], strategy: Strategy(concurrency: 1))
        let run = Task { try await site.apply(runbook, log: log, control: control) }
        while !log.events.contains(where: { if case .stepIntended = $0.event { true } else { false } }) {
            await Task.yield()
        }
        control.cancel()
        let state = try await run.value
        #expect(state.end("n1") == .cancelled)
        #expect(site["n1"].values["a"] == "1")
        #expect(state.counts == [.cancelled: 1, .notStarted: 2])
        #expect(state.ending?.exitStatus == 130)
    }

    @Test func alwaysRunsOnACancelledNodeToo() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.slow(turns: 200), at: .step(0)))
        let control = RunControl()
        let log = MemoryLog()
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")],
            always: [.run("clean", "set cleaned yes", undo: "print x")])
        let run = Task { try await site.apply(runbook, log: log, control: control) }
        while !log.events.contains(where: { if case .stepIntended = $0.event { true } else { false } }) {
            await Task.yield()
        }
        control.cancel()
        let state = try await run.value
        #expect(state.end("n1") == .cancelled)
        #expect(site["n1"].values["cleaned"] == "yes")
    }

    @Test func aGateThatIsNotMetStartsNothing() async throws {
        var site = Site(2)
        site.gates = OpenGates(decision: .refused("No.", hint: nil))
        let state = try await site.apply(.mend)
        #expect(state.counts == [.notStarted: 2])
        #expect(state.ending?.exitStatus == 2)
        #expect(site.nodes.allSatisfy { $0.starts.isEmpty })
    }

    @Test func anApproveStepIsRefusedWhereItCannotBeGiven() async throws {
        var site = Site()
        site.gates = OpenGates(canApproveSteps: false)
        let runbook = Runbook.test(steps: [
            .setting("state", to: "good"), .of("look", .approve(Approval(approvers: ["role:lead"]))),
        ])
        let state = try await site.apply(runbook)
        #expect(state.counts == [.notStarted: 1])
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func aClosedWindowStopsBeforeTheFirstWave() async throws {
        var site = Site()
        site.gates = OpenGates(isWindowOpen: false)
        let runbook = Runbook.test(
            steps: [.setting("state", to: "good") { $0.gate = .window }], window: WindowRequirement(calendar: "night"))
        let state = try await site.apply(runbook)
        #expect(state.counts == [.notStarted: 1])
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func whatIsDoneOnceForTheRunIsDoneOnceAndUndoneOnlyForAll() async throws {
        let once = { (name: String) in
            Step.run(
                name, "count shared\nset shared yes", capture: "keep shared", undo: "restore shared\ncount unshared"
            ) {
                $0.runOnce = true
                $0.on = .controller
            }
        }
        let site = Site(5)
        let good = try await site.apply(.test(steps: [once("share"), .setting("state", to: "good")]))
        #expect(good.counts == [.remediated: 5])
        #expect(site.controller.counters["shared"] == 1)

        let bad = Site(3)
        let state = try await bad.apply(
            .test(
                steps: [once("share"), .run("break", "fail", undo: "print x")],
                strategy: Strategy(maxFailures: .count(9))))
        #expect(state.isWhole)
        #expect(bad.controller.counters == ["shared": 1, "unshared": 1])

        let mixed = Site(3)
        mixed["n2"].set("cursed", "yes")
        _ = try await mixed.apply(
            .test(
                steps: [once("share"), .run("mend", "has cursed\n&& exit 1\nset state good", undo: "print x")],
                strategy: Strategy(maxFailures: .count(9))))
        #expect(mixed.controller.counters == ["shared": 1])
    }

    @Test func whatIsDoneOnceAndFailsFailsForAll() async throws {
        let site = Site(3)
        let step = Step.run("share", "count shared\nfail", undo: "print x") {
            $0.runOnce = true; $0.on = .controller
        }
        let state = try await site.apply(
            .test(
                steps: [step, .setting("state", to: "good")], strategy: Strategy(maxFailures: .count(9)),
                onFailure: .stop))
        #expect(state.counts == [.failed: 3])
        #expect(site.controller.counters == ["shared": 1])
    }

    @Test func whatIsDoneOnceIsDoneByTheFirstThatItIsFor() async throws {
        let site = Site(3, values: ["state": "bad", "server": "bad"])
        site["n1"].set("server", "good")
        let step = Step.run("share", "count shared", undo: "print x") {
            $0.runOnce = true
            $0.on = .controller
            $0.causes = ["server-broken"]
        }
        let state = try await site.apply(
            .test(
                detect: [
                    .test("state", "is state good"), .test("server", "is server good", cause: "server-broken"),
                ],
                steps: [step, .setting("server", to: "good"), .setting("state", to: "good")],
                strategy: Strategy(concurrency: 1)))
        #expect(state.counts == [.remediated: 3])
        #expect(site.controller.counters == ["shared": 1])
        #expect(state.nodes["n1"]?.steps[0]?.ending?.status == .skipped)
        #expect(state.nodes["n2"]?.steps[0]?.ending?.doneBy == nil)
        #expect(state.nodes["n3"]?.steps[0]?.ending?.doneBy == "n2")
    }

    /// n1 is held by another run.
    @Test func whatOneCannotBeginIsDoneOnceByTheNext() async throws {
        let site = Site(3)
        site["n1"].hold(by: RunID(random: 7, 7))
        let step = Step.run("share", "count shared", undo: "print x") {
            $0.runOnce = true
            $0.on = .controller
        }
        let state = try await site.apply(
            .test(
                steps: [step, .setting("state", to: "good")],
                strategy: Strategy(concurrency: 1, maxFailures: .count(9))))
        #expect(state.counts[.remediated] == 2)
        #expect(state.end("n1") != .remediated)
        #expect(site.controller.counters == ["shared": 1])
    }

    @Test func workOnARoleGoesToItsFirstReachableHost() async throws {
        var site = Site(2)
        site.roles = ["head": ["head1", "head2"]]
        site.hosts[0].goDown()
        let step = Step.run("tell", "count $RUNBOOK_NODE", undo: "print x") { $0.on = .role("head") }
        let state = try await site.apply(.test(steps: [step, .setting("state", to: "good")]))
        #expect(state.counts == [.remediated: 2])
        #expect(site.hosts[1].counters == ["n1": 1, "n2": 1])
    }

    @Test func aTargetIsAlsoTheHostOfWorkForOthers() async throws {
        var site = Site(3)
        site.roles = ["head": ["n1"]]
        // Held while the others' steps come.
        site["n1"].add(FakeFault(.slow(turns: 5000), at: .step(2)))
        let steps: [Step] = [
            .setting("mode", to: "fast"),
            .run("tell", "count $RUNBOOK_NODE", undo: "print x") { $0.on = .role("head") },
            .setting("state", to: "good"),
        ]
        let state = try await site.apply(.test(steps: steps, strategy: Strategy(concurrency: 3)))
        #expect(state.counts == [.remediated: 3])
        #expect(site["n1"].counters == ["n1": 1, "n2": 1, "n3": 1, "mode": 1, "state": 1])
        #expect(site["n1"].holder == nil)
    }

    @Test func rungsAreTriedUntilVerifyHoldsAndRemembered() async throws {
        let site = Site()
        let ladder = Verb.escalate(
            EscalateVerb(rungs: [
                .run("reload", "count reload", undo: "print x"),
                .run("restart", "count restart\nset state good", undo: "print x"),
                .run("reset", "count reset", undo: "print x"),
            ]))
        let tried = Remembered()
        let log = MemoryLog()
        let runbook = Runbook.test(steps: [.of("climb", ladder)])
        let state = try await site.engine(log, remember: { await tried.add($0) }).apply(site.request(runbook))
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters == ["reload": 1, "restart": 1])
        #expect(await tried.all.map { "\($0.rung) \($0.helped)" } == ["reload false", "restart true"])

        let next = Site()
        var request = next.request(runbook)
        request.triedRungs = ["n1": ["climb/reload"]]
        let second = try await next.engine(MemoryLog()).apply(request)
        #expect(second.end("n1") == .remediated)
        #expect(next["n1"].counters == ["restart": 1])
    }

    @Test func aGuardIsDisarmedOverANewConnection() async throws {
        let site = Site()
        let step = Step.setting("state", to: "good") { $0.guardDelay = .seconds(120) }
        let log = MemoryLog()
        // The step after it is sent over that connection, too.
        let state = try await site.apply(.test(steps: [step, .setting("mode", to: "fast")]), log: log)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values["mode"] == "fast")
        #expect(site["n1"].connections == 2)
        #expect(log.events.contains { if case .guardSettled(_, _, false) = $0.event { true } else { false } })
    }

    @Test func aGuardThatFiredHasUndoneTheStep() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.cutsItsAccess, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [.setting("state", to: "good") { $0.guardDelay = .seconds(120) }]))
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values["state"] == "bad")
        // The node did it; the engine does not do it again.
        #expect(site["n1"].starts.count == 1)
    }

    @Test func execRunsACommandEverywhereAndJudgesByItsStatus() async throws {
        let site = Site(3)
        site["n2"].set("cursed", "yes")
        site["n3"].goDown()
        let request = site.request(.mend, kind: .exec, command: ["has cursed\n&& exit 4\nprint fine"])
        let log = MemoryLog()
        let state = try await site.engine(log).exec(request)
        #expect(state.counts == [.healthy: 1, .failed: 1, .unreachable: 1])
        #expect(state.ending?.exitStatus == 1)
        let id = InvocationID(run: Site.run, target: 0, step: 0, attempt: 1)
        #expect(String(decoding: log.output(of: id), as: UTF8.self) == "fine\n")
    }

    @Test func execNeverWorksOnMoreNodesAtOnceThanWasAsked() async throws {
        let site = Site(6)
        for number in 1...6 { site["n\(number)"].add(FakeFault(.slow(turns: 200), at: .step(0))) }
        let request = site.request(.mend, kind: .exec, fanout: 2, command: ["print fine"])
        let log = MemoryLog()
        let state = try await site.engine(log).exec(request)
        #expect(state.counts == [.healthy: 6])
        var working: Set<String> = []
        var most = 0
        for entry in log.events {
            switch entry.event {
            case .nodeStateChanged(let node, _), .connected(let node, _): working.insert(node)
            case .nodeFinished(let node, _): working.remove(node)
            default: break
            }
            most = max(most, working.count)
        }
        #expect(most == 2)
    }
}

actor Remembered {
    private(set) var all: [EscalationAttempt] = []
    func add(_ attempt: EscalationAttempt) { all.append(attempt) }
}
