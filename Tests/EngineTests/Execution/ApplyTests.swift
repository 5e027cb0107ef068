import Engine
import Model
import TestSupport
import Testing

@Suite struct ApplyTests {
    @Test func aBrokenNodeIsMendedAndVerified() async throws {
        let site = Site()
        let log = MemoryLog()
        let state = try await site.apply(.mend, log: log)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values["state"] == "good")
        #expect(site["n1"].counters["state"] == 1)
        #expect(state.ending?.exitStatus == 0)
        #expect(state.ending?.counts == [.remediated: 1])
        #expect(site["n1"].holder == nil)
        #expect(log.holders.isEmpty)
        #expect(site["n1"].acknowledged.count == 1)
    }

    @Test func aHealthyNodeIsLeftAlone() async throws {
        let site = Site(values: ["state": "good"])
        let state = try await site.apply(.mend)
        #expect(state.end("n1") == .healthy)
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func anIntentIsDurableBeforeAnythingIsSent() async throws {
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(.mend, log: log)
        let events = log.events.map(\.event)
        let intent = try #require(events.firstIndex { if case .stepIntended = $0 { true } else { false } })
        let capture = try #require(events.firstIndex { if case .captured = $0 { true } else { false } })
        let start = try #require(events.firstIndex { if case .stepStarted = $0 { true } else { false } })
        let lease = try #require(events.firstIndex { if case .leased = $0 { true } else { false } })
        #expect(lease < capture && capture < intent && intent < start)
    }

    @Test func nothingIsSentWhenTheIntentIsNotKept() async throws {
        let whole = MemoryLog()
        _ = try await Site().apply(.mend, log: whole)
        var wasKept = false
        for number in 1...whole.commits {
            let site = Site()
            let log = MemoryLog(break: .before(number))
            await #expect(throws: EngineError.self) { try await site.apply(.mend, log: log) }
            let isKept = log.events.contains { if case .stepIntended = $0.event { true } else { false } }
            if !isKept { #expect(site["n1"].starts.isEmpty) }
            wasKept = wasKept || isKept
        }
        #expect(wasKept)
    }

    @Test func aFailedStepIsRolledBackFromWhatWasCaptured() async throws {
        let site = Site(values: ["state": "bad", "level": "7"])
        let runbook = Runbook.test(steps: [
            .setting("level", to: "9"),
            .run("break", "set other x\nfail", capture: "keep other", undo: "restore other"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values == ["state": "bad", "level": "7"])
        #expect(state.ending?.exitStatus == 1)
    }

    @Test func whatCannotBeUndoneIsNamed() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [
            .setting("level", to: "9"), .run("for good", "set burned yes"), .run("break", "fail", undo: "print x"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(state.nodes["n1"]?.outcome?.irreversible == ["for good"])
        #expect(site["n1"].values == ["state": "bad", "burned": "yes"])
    }

    @Test func aNodeThatIsNotVerifiedIsRolledBackAndStaysDrained() async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.of("drain", .drain(DrainVerb(reason: .text("test")))), .setting("level", to: "9")],
            always: [.of("undrain", .undrain(UndrainVerb()))])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values == ["state": "bad", "drained": "yes"])
        #expect(state.text("n1").contains("stays drained"))
    }

    @Test(arguments: [UndrainVerb.After.verify, .always])
    func aVerifiedNodeGoesBackToWork(after: UndrainVerb.After) async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.of("drain", .drain(DrainVerb(reason: .text("test")))), .setting("state", to: "good")],
            always: [.of("undrain", .undrain(UndrainVerb(after: after)))])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values["drained"] == nil)
        #expect(site["n1"].counters["undrains"] == 1)
    }

    @Test func anUnverifiedNodeGoesBackToWorkWhereTheRunbookSaysAlways() async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.of("drain", .drain(DrainVerb(reason: .text("test")))), .setting("level", to: "9")],
            always: [.of("undrain", .undrain(UndrainVerb(after: .always)))])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values == ["state": "bad"])
    }

    @Test func aNodeThatSomeoneElseDrainedIsNotPutBack() async throws {
        let site = Site(values: ["state": "bad", "drained": "yes"])
        let runbook = Runbook.test(
            steps: [.of("drain", .drain(DrainVerb(reason: .text("test")))), .setting("state", to: "good")],
            always: [.of("undrain", .undrain(UndrainVerb(after: .always)))])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values["drained"] == "yes")
        #expect(site["n1"].counters["undrains"] == nil)
    }

    @Test(arguments: [(FailurePolicy.stop, OutcomeClass.failed, "9"), (.ask, .failed, "9"), (.continue, .failed, "9")])
    func policiesDecideWhatHappensAfterAFailure(_ policy: FailurePolicy, _ end: OutcomeClass, _ level: String)
        async throws
    {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.setting("level", to: "9"), .run("break", "fail", undo: "print x"), .setting("after", to: "1")],
            onFailure: policy)
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == end)
        #expect(site["n1"].values["level"] == level)
        #expect(site["n1"].values["after"] == (policy == .continue ? "1" : nil))
        #expect(state.nodes["n1"]?.outcome?.isHeld == (policy == .ask))
    }

    @Test func aFailedStepIsTriedAgainAsItsRetriesSay() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [
            .run("slow to take", "has once\n|| set state half\n|| set once 1\nis state good", undo: "print x") {
                $0.retries = Retries(attempts: 3, delay: .seconds(10), backoff: 2)
                $0.verb = .run(script: "count tries\nhas once\n&& set state good\nset once 1\nis state good")
            }
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters["tries"] == 2)
        #expect(site["n1"].starts.values.allSatisfy { $0 == 1 })
    }

    @Test func aStepIsRepeatedUntilItsConditionHolds() async throws {
        let site = Site()
        let until = Expression.binary(
            .equal, .member(.index(.root("steps"), .literal(.string("climb"))), "stdout"), .literal(.string("top")))
        let runbook = Runbook.test(steps: [
            .run(
                "climb", "has two\n&& set state good\n&& print top\nhas one\n&& set two 1\nset one 1\ncount climbs",
                undo: "print x"
            ) {
                $0.until = until
            }
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters["climbs"] == 3)
    }

    @Test func aStepThatHasNothingToChangeAnyMoreIsNotRun() async throws {
        let site = Site(values: ["state": "bad", "level": "9"])
        let runbook = Runbook.test(steps: [.setting("level", to: "9"), .setting("state", to: "good")])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters == ["state": 1])
        #expect(state.nodes["n1"]?.steps[0]?.ending?.status == .unchanged)
    }

    @Test func onlyAdviceEndsAsAdvised() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [
            .of("say", .advise(AdviseVerb(title: .text("Look"), text: .text("here"))))
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .advised)
        #expect(state.nodes["n1"]?.advice.map(\.title) == ["Look"])
    }

    @Test func stepsForOtherCausesAreSkipped() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [.setting("level", to: "9") { $0.causes = ["other"] }])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .skipped)
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func aRebootIsKnownByAnotherBoot() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [
            .setting("state", to: "good"), .of("reboot", .reboot(RebootVerb())), .setting("after", to: "1"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].boots == 2)
        #expect(site["n1"].counters["reboots"] == 1)
        #expect(site["n1"].values["after"] == "1")
    }

    @Test func aNodeThatDoesNotComeBackFromARebootFails() async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [
                .run("pull the plug", "set state good", undo: "print x"),
                .of("reboot", .reboot(RebootVerb(timeout: .seconds(30)))),
            ], onFailure: .stop)
        site["n1"].add(FakeFault(.lostBeforeClaim, at: .step(1)))
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .failed)
        #expect(state.text("n1").contains("another boot"))
    }

    @Test func eachRepeatsAStepAndUndoesEveryItem() async throws {
        var site = Site()
        site.parameters = ["keys": .list([.string("a"), .string("b")])]
        let runbook = Runbook.test(steps: [
            .run("put", "count $ITEM\nset $ITEM yes", capture: "keep $ITEM", undo: "restore $ITEM") {
                $0.each = .member(.root("params"), "keys")
            },
            .run("break", "fail", undo: "print x"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].counters == ["a": 1, "b": 1])
        #expect(site["n1"].values == ["state": "bad"])
    }

    @Test func conditionsSeeWhatEarlierStepsDid() async throws {
        let site = Site(values: ["state": "bad", "level": "9"])
        let changed: (String) -> Expression = { .member(.index(.root("steps"), .literal(.string($0))), "changed") }
        let runbook = Runbook.test(steps: [
            .setting("level", to: "9"), .setting("state", to: "good"),
            .setting("one", to: "1") { $0.when = changed("set level") },
            .setting("two", to: "1") { $0.when = changed("set state") },
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values["one"] == nil)
        #expect(site["n1"].values["two"] == "1")
    }

    @Test(arguments: [
        (Pattern.searchedBytes, "contains(steps.say.stdout, 'end')"), (1, "steps.say.stdout < 5"),
    ])
    func aStepFailsWhoseConditionNobodyCanTell(length: Int, condition: String) async throws {
        let site = Site()
        let said = String(repeating: "x", count: length)
        let condition = try Expression(parsing: condition)
        let runbook = Runbook.test(steps: [
            .run("say", "print \(said)", undo: "print x"), .setting("level", to: "9") { $0.when = condition },
            .setting("state", to: "good"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        let ending = state.nodes["n1"]?.steps[1]?.ending
        #expect(ending?.status == .failed)
        #expect(ending?.text.contains("its condition") == true)
        #expect(site["n1"].values == ["state": "bad"])
    }

    @Test func aConditionOnAStepThatDidNotRunPassesOver() async throws {
        let condition = try Expression(parsing: "steps.later.changed")
        let runbook = Runbook.test(
            steps: [.run("break", "fail", undo: "print x"), .run("later", "count later", undo: "print x")],
            always: [.run("tidy", "count tidied", undo: "print x") { $0.when = condition }])
        let site = Site()
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack)
        #expect(state.nodes["n1"]?.steps[2]?.ending?.status == .skipped)
        #expect(site["n1"].counters["tidied"] == nil)
    }

    @Test func aWaitEndsWhenItsProbeIsHealthyAndFailsWhenItNeverIs() async throws {
        let verb = { (key: String) in
            Verb.wait(WaitVerb(probe: "has \(key)", healthy: Matcher(exit: [0]), timeout: .seconds(20)))
        }
        let good = try await Site().apply(.test(steps: [.setting("state", to: "good"), .of("wait", verb("state"))]))
        #expect(good.end("n1") == .remediated)
        let bad = try await Site().apply(.test(steps: [.setting("state", to: "good"), .of("wait", verb("never"))]))
        #expect(bad.end("n1") == .rolledBack)
    }

    @Test func aWaitAsksAgainOnlyAfterTheEndOfTheAskingThatNobodyHeardOf() async throws {
        let site = Site(values: ["state": "bad", "ready": "yes"])
        site["n1"].add(FakeFault(.lostBeforeEnd, at: .asking("has ready")))
        let wait = WaitVerb(probe: "has ready", healthy: Matcher(exit: [0]), timeout: .seconds(20))
        let state = try await site.apply(.test(steps: [.setting("state", to: "good"), .of("wait", .wait(wait))]))
        #expect(state.end("n1") == .remediated)
        let asked = site["n1"].asked
        let again = try #require(asked.firstIndex(where: { !$0.after.isEmpty }))
        #expect(asked[again].after == [asked[again - 1].id])
        #expect(asked.count { !$0.after.isEmpty } == 1)
    }

    @Test func twoTargetsThatAreOneMachineAreBothRefused() async throws {
        let twin = Site(2)
        let nodes = [
            FakeNode("n1", values: ["state": "bad"], machineID: "same"),
            FakeNode("n2", values: ["state": "bad"], machineID: "same"),
        ]
        let engine = RunEngine(
            RunEnvironment(
                connector: FakeConnector(nodes), controller: FakeConnector([]), log: MemoryLog(), clock: twin.clock,
                gates: OpenGates(), compiler: TestCompiler(), secrets: { SecretBytes(Array($0.utf8)) },
                secretDigest: { $0 }))
        let state = try await engine.apply(twin.request(.mend))
        #expect(state.end("n1") == .inconclusive && state.end("n2") == .inconclusive)
        #expect(nodes.allSatisfy { $0.starts.isEmpty })
        var allowed = twin.request(.mend)
        allowed.allowsSharedMachines = true
        let second = try await engine.apply(allowed)
        #expect(second.end("n1") == .remediated)
    }

    @Test func aNodeThatAnotherRunHoldsIsNotTouched() async throws {
        let site = Site(2)
        let log = MemoryLog()
        log.hold("n1", by: RunID(random: 9, 9))
        site["n2"].hold(by: RunID(random: 8, 8))
        let state = try await site.apply(.mend, log: log)
        #expect(state.end("n1") == .notStarted && state.end("n2") == .notStarted)
        #expect(site.nodes.allSatisfy { $0.starts.isEmpty })
        #expect(state.ending?.exitStatus == 2)
        let (own, foreign) = (RunID(random: 9, 9), RunID(random: 8, 8))
        #expect(state.nodes["n1"]?.outcome?.holder == own.description)
        #expect(state.text("n1") == "Run \(own.short) holds the node.")
        #expect(
            state.nodes["n1"]?.outcome?.hint
                == "See it with: runbook show \(own.short). Wait for it, or cancel it: runbook cancel \(own.short)")
        #expect(state.nodes["n2"]?.outcome?.holder == foreign.description)
        #expect(state.text("n2") == "Run \(foreign.short) of another controller holds the node.")
        let hint = state.nodes["n2"]?.outcome?.hint ?? ""
        #expect(hint.contains("On its controller, see it with: runbook show \(foreign.short)"), "\(hint)")
    }

    @Test func aHeldNodeBesideOneThatFailsIsNoMereRefusal() async throws {
        let site = Site(2)
        let log = MemoryLog()
        log.hold("n1", by: RunID(random: 9, 9))
        let runbook = Runbook.test(
            steps: [.run("break", "fail", undo: "print x")], strategy: Strategy(maxFailures: .count(2)))
        let state = try await site.apply(runbook, log: log)
        #expect(state.counts == [.notStarted: 1, .rolledBack: 1])
        #expect(state.ending?.exitStatus == 1)
    }

    @Test func aCommandIsRefusedOnANodeThatAnotherRunHolds() async throws {
        let site = Site()
        let log = MemoryLog()
        let holder = RunID(random: 9, 9)
        log.hold("n1", by: holder)
        let state = try await site.engine(log).exec(site.request(.mend, kind: .exec, command: ["set x 1"]))
        #expect(state.end("n1") == .skipped)
        #expect(state.text("n1") == "Run \(holder.short) holds the node.")
        #expect(state.ending?.exitStatus == 2)
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func readOnlyRunsChangeNothing() async throws {
        let site = Site(3)
        let (plan, digest, state) = try await site.engine(MemoryLog()).plan(site.request(.mend, kind: .plan))
        #expect(state.counts == [.broken: 3])
        #expect(state.ending?.exitStatus == 0)
        #expect(plan.digest == digest)
        let diagnosed = try await site.engine(MemoryLog()).diagnose(site.request(.mend, kind: .diagnose))
        #expect(diagnosed.counts == [.broken: 3])
        #expect(diagnosed.ending?.exitStatus == 1)
        #expect(site.nodes.allSatisfy { $0.starts.isEmpty && $0.mutationsWhilePlain == 0 })
        #expect(site.nodes.allSatisfy { $0.values == ["state": "bad"] })
    }
}
