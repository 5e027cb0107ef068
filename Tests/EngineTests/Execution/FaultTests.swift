import Engine
import Model
import TestSupport
import Testing

@Suite struct FaultTests {
    @Test(arguments: [0, 1, 2])
    func aConnectionThatBreaksInAStepIsTakenUpAgain(step: Int) async throws {
        for kind in [FakeFault.Kind.lostBeforeClaim, .lostBeforeStart, .lostBeforeEnd] {
            let site = Site()
            site["n1"].add(FakeFault(kind, at: .step(step)))
            let log = MemoryLog()
            let state = try await site.apply(
                .test(steps: [.setting("a", to: "1"), .setting("b", to: "2"), .setting("state", to: "good")]), log: log)
            #expect(state.end("n1") == .remediated)
            #expect(site["n1"].counters == ["a": 1, "b": 1, "state": 1])
            #expect(site["n1"].starts.values.allSatisfy { $0 == 1 })
            #expect(state.isWhole)
        }
    }

    @Test func outputIsNeitherLostNorDoubledWhenAConnectionBreaks() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.lostBeforeEnd, at: .step(0)))
        let log = MemoryLog()
        let state = try await site.apply(
            .test(steps: [.run("say", "set state good\nprint hello", undo: "print x")]), log: log)
        let id = try #require(state.nodes["n1"]?.steps[0]?.attempts.first?.intent.id)
        #expect(String(decoding: log.output(of: id), as: UTF8.self) == "hello\n")
    }

    @Test func aLostOnceStepIsNeverStartedAgainAndVerifyDecides() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.lostForEver, at: .step(0)))
        let good = try await site.apply(.mend)
        #expect(good.end("n1") == .remediated)
        #expect(site["n1"].counters["state"] == 1)

        let other = Site()
        other["n1"].add(FakeFault(.lostForEver, at: .step(0)))
        let bad = try await other.apply(
            .test(steps: [.run("half", "count half\nset level 1", capture: "keep level", undo: "restore level")]))
        #expect(bad.end("n1") == .unknown)
        #expect(other["n1"].counters["half"] == 1)
        // Nothing is undone where nobody knows what was done.
        #expect(other["n1"].values["level"] == "1")
    }

    @Test func aLostOnceStepOfARunbookThatAsksNothingStaysUnknown() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.lostForEver, at: .step(0)))
        let state = try await site.apply(
            .test(detect: nil, steps: [.run("half", "count half", undo: "print x")], verify: []))
        #expect(state.end("n1") == .unknown)
        #expect(state.nodes["n1"]?.verification?.result == .inconclusive)
    }

    @Test func aLostIdempotentStepIsRunAgain() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.lostForEver, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [.run("again", "count again\nset state good", undo: "print x", effect: .idempotent)]))
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters["again"] == 2)
        #expect(site["n1"].starts.values.allSatisfy { $0 == 1 })
    }

    @Test func anotherBootWithoutAnEndIsLostForAOnceStep() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.restartedBeforeEnd, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [.run("once", "count once", undo: "print x"), .setting("state", to: "good")]))
        #expect(state.end("n1") == .unknown)
        #expect(site["n1"].counters == ["once": 1])
    }

    @Test func aNodeThatBreaksTheProtocolIsUnknownAndNeverRemediated() async throws {
        let site = Site(2)
        site["n1"].add(FakeFault(.violates, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [.setting("state", to: "good")], strategy: Strategy(maxFailures: .count(2))))
        #expect(state.end("n1") == .unknown)
        #expect(
            state.nodes["n1"]?.outcome?.hint
                == "See who writes there. Look at the node, then: runbook resume or runbook rollback")
        #expect(state.end("n2") == .remediated)
    }

    @Test(arguments: [
        (InvocationOutcome.timedOut, "raise its `timeout:`", "A command has 10 minutes."),
        (.outputLimitExceeded, "Have it print less", "Have it print less"),
    ])
    func whatWasEndedBeforeItsEndSaysWhatToDo(outcome: InvocationOutcome, step: String, command: String) async throws {
        let site = Site()
        site["n1"].add(FakeFault(.ends(outcome), at: .step(0)))
        let state = try await site.apply(.mend)
        #expect(state.end("n1") == .rolledBack)
        let hint = state.nodes["n1"]?.outcome?.hint ?? ""
        #expect(hint.contains(step), "\(hint)")

        let other = Site()
        other["n1"].add(FakeFault(.ends(outcome), at: .step(0)))
        let ended = try await other.engine(MemoryLog()).exec(
            other.request(.mend, kind: .exec, command: ["set x 1"]))
        #expect(ended.end("n1") == .failed)
        let advice = ended.nodes["n1"]?.outcome?.hint ?? ""
        #expect(advice.contains(command), "\(advice)")
    }

    @Test func aHintIsOfTheStepThatFailedAndOfNoEarlierOne() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.ends(.timedOut), at: .step(0)))
        let runbook = Runbook.test(steps: [
            .run("slow", "set other x", undo: "print x") { $0.retries = Retries(attempts: 2, delay: .seconds(1)) },
            .run("break", "fail", undo: "print x"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(state.nodes["n1"]?.outcome?.step == "break")
        #expect(state.nodes["n1"]?.outcome?.hint == nil)
    }

    @Test func aFormerStateThatCanNotBeKeptSaysWhatToDo() async throws {
        let large = Site(values: ["state": String(repeating: "x", count: 17 << 20)])
        let slow = Site()
        slow["n1"].add(FakeFault(.ends(.timedOut), at: .asking("keep state")))
        for site in [large, slow] {
            let state = try await site.apply(.mend)
            #expect(state.end("n1") == .failed)
            #expect(state.text("n1").contains("so nothing was changed"), "\(state.text("n1"))")
            #expect(state.nodes["n1"]?.outcome?.hint?.contains("16 MiB, and 2 minutes") == true)
            #expect(site["n1"].starts.isEmpty)
        }
    }

    @Test func aProbeThatNothingEndsHoldsNobody() async throws {
        let site = Site(2)
        site["n1"].add(FakeFault(.overdue, at: .asking("is state good"), times: nil))
        let state = try await site.apply(.mend)
        #expect(state.end("n1") == .inconclusive)
        #expect(site["n1"].starts.isEmpty)
        #expect(state.end("n2") == .remediated)
    }

    @Test func aStepThatNothingEndsIsUnknownAndHoldsNobody() async throws {
        let site = Site(2)
        site["n1"].add(FakeFault(.overdue, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [.setting("state", to: "good")], strategy: Strategy(maxFailures: .count(2))))
        #expect(state.end("n1") == .unknown)
        #expect(state.end("n2") == .remediated)
    }

    @Test func aNodeThatCanNotKeepAnythingFailsAndSaysWhatToDo() async throws {
        let site = Site(2)
        site["n1"].refuseLeases(SessionError(.unusable, "The node's disk is full.", hint: "Make room."))
        let state = try await site.apply(
            .test(steps: [.setting("state", to: "good")], strategy: Strategy(maxFailures: .count(2))))
        #expect(state.end("n1") == .failed)
        #expect(state.nodes["n1"]?.outcome?.hint == "Make room.")
        #expect(state.nodes["n1"]?.outcome?.text.contains("disk is full") == true)
        #expect(state.end("n2") == .remediated)
    }

    @Test func whatMendsTheCauseIsSaidBesideHowAHeldNodeGoesOn() async throws {
        let site = Site()
        site["n1"].refuseLeases(SessionError(.unusable, "The node's disk is full.", hint: "Make room."))
        let state = try await site.apply(.test(steps: [.setting("state", to: "good")], onFailure: .ask))
        #expect(state.nodes["n1"]?.outcome?.isHeld == true)
        #expect(
            state.nodes["n1"]?.outcome?.hint
                == "Make room. It is held: runbook resume goes on, runbook rollback undoes it")
    }

    @Test func anUnreachableNodeIsAnOutcomeWithAHint() async throws {
        let site = Site(2)
        site["n1"].goDown()
        let state = try await site.apply(
            .test(steps: [.setting("state", to: "good")], strategy: Strategy(maxFailures: .count(1))))
        #expect(state.end("n1") == .unreachable)
        #expect(state.nodes["n1"]?.outcome?.hint == "Look at its power.")
        #expect(state.end("n2") == .remediated)
        #expect(state.ending?.exitStatus == 1)
    }

    @Test func aNodeThatGoesAwayBeforeItsFirstChangeIsUnreachable() async throws {
        let site = Site()
        var gates = OpenGates()
        gates.decision = .granted(by: nil)
        let leaving = LeavingGates(node: site["n1"])
        var other = site
        other.gates = leaving
        let state = try await other.apply(.mend)
        #expect(state.end("n1") == .unreachable)
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func aProbeThatLosesItsConnectionIsInconclusiveAndNothingIsChanged() async throws {
        let site = Site(2)
        site["n1"].add(FakeFault(.lostBeforeEnd, at: .asking("is state good"), times: nil))
        let state = try await site.apply(.mend)
        #expect(state.end("n1") == .inconclusive)
        #expect(site["n1"].starts.isEmpty)
        #expect(state.end("n2") == .remediated)
    }

    @Test func aVerifyThatStaysInconclusiveEndsUnknownAndUndoesNothing() async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.setting("state", to: "good")], verify: [.probe(.test("strange", "exit 127"))])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .unknown)
        #expect(site["n1"].values["state"] == "good")
    }

    @Test func slowAndHangingNodesDoNotDelayTheOthers() async throws {
        let site = Site(40)
        for name in ["n1", "n2", "n3", "n4"] {
            site[name].add(FakeFault(.slow(turns: 50_000), at: .asking("is state good"), times: nil))
        }
        let log = MemoryLog()
        let state = try await site.engine(log).diagnose(site.request(.mend, kind: .diagnose, fanout: 4))
        #expect(state.counts == [.broken: 40])
        let order = log.events.compactMap { event -> String? in
            if case .surveyed(let node, _) = event.event { node } else { nil }
        }
        #expect(Set(order.suffix(4)) == ["n1", "n2", "n3", "n4"])
    }

    @Test(arguments: [(FakeFault.Kind.hangs, OutcomeClass.cancelled), (.stoppedBeforeItComes, .notStarted)])
    func aStepIsStoppedWhenTheRunIsCancelledTwice(kind: FakeFault.Kind, end: OutcomeClass) async throws {
        let site = Site()
        site["n1"].add(FakeFault(kind, at: .step(0), times: nil))
        let control = RunControl()
        let log = MemoryLog()
        let run = Task { try await site.apply(.mend, log: log, control: control) }
        while !log.events.contains(where: { if case .stepIntended = $0.event { true } else { false } }) {
            await Task.yield()
        }
        control.cancel()
        control.cancel()
        let state = try await run.value
        #expect(state.end("n1") == end)
        #expect(state.nodes["n1"]?.steps[0]?.attempts.count == 1)
        #expect(state.ending?.exitStatus == 130)
    }
}

/// A gate that takes a node down once it opens.
struct LeavingGates: RunGates {
    let node: FakeNode
    var canApproveSteps: Bool { true }
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        node.goDown()
        return .granted(by: nil)
    }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        .granted(by: nil)
    }
    func isOpen(_ window: WindowRequirement) async -> Bool { true }
}
