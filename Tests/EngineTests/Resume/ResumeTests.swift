import Engine
import Model
import TestSupport
import Testing

@Suite struct ResumeTests {
    /// Two steps that must happen once each, on two nodes.
    static let runbook = Runbook.test(
        steps: [
            .of("drain", .drain(DrainVerb(reason: .text("test")))),
            .run("first", "count first\nset first yes", capture: "keep first", undo: "restore first"),
            .setting("state", to: "good"),
        ],
        strategy: Strategy(batch: .count(1), maxFailures: .count(2)),
        always: [.of("undrain", .undrain(UndrainVerb()))])

    static func commits(_ runbook: Runbook, nodes: Int) async throws -> Int {
        let log = MemoryLog()
        _ = try await Site(nodes).apply(runbook, log: log)
        return log.commits
    }

    @Test(arguments: [false, true])
    func aControllerKilledAtAnyCommitGoesOnAndStartsNothingTwice(isCommitted: Bool) async throws {
        let all = try await Self.commits(Self.runbook, nodes: 2)
        for number in 2...all {
            let site = Site(2)
            let log = MemoryLog(break: isCommitted ? .after(number) : .before(number))
            await #expect(throws: EngineError.self) { try await site.apply(Self.runbook, log: log) }
            if log.runState.ending != nil { continue }
            let next = MemoryLog(after: log)
            let state = try await site.engine(next).resume(site.request(Self.runbook), past: site.past(log))
            #expect(state.counts == [.remediated: 2], "killed at commit \(number)")
            #expect(state.phase == .finished)
            for node in site.nodes {
                #expect(node.counters["first"] == 1, "killed at commit \(number)")
                #expect(node.counters["state"] == 1)
                #expect(node.counters["drains"] == 1)
                #expect(node.counters["undrains"] == 1)
                #expect(node.starts.values.allSatisfy { $0 == 1 })
                #expect(node.values == ["state": "good", "first": "yes"])
            }
        }
    }

    @Test func aRollbackKilledAtAnyCommitGoesOnToItsEnd() async throws {
        let runbook = Runbook.test(steps: [
            .setting("level", to: "9"),
            .run("more", "set more yes", capture: "keep more", undo: "restore more\ncount undone"),
            .run("break", "fail", undo: "print x"),
        ])
        let all = try await Self.commits(runbook, nodes: 1)
        for number in 2...all {
            let site = Site()
            let log = MemoryLog(break: .after(number))
            await #expect(throws: EngineError.self) { try await site.apply(runbook, log: log) }
            if log.runState.ending != nil { continue }
            let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
            #expect(state.counts == [.rolledBack: 1], "killed at commit \(number)")
            #expect(site["n1"].values == ["state": "bad"], "killed at commit \(number)")
            #expect(site["n1"].counters["undone"] == 1)
        }
    }

    @Test func aControllerKilledTwiceStillStartsNothingTwice() async throws {
        let all = try await Self.commits(Self.runbook, nodes: 1)
        for first in stride(from: 2, through: all, by: 3) {
            for second in 2...all {
                let site = Site(1)
                let one = MemoryLog(break: .after(first))
                _ = try? await site.apply(Self.runbook, log: one)
                if one.runState.ending != nil { continue }
                let two = MemoryLog(after: one, break: .before(second))
                _ = try? await site.engine(two).resume(site.request(Self.runbook), past: site.past(one))
                if two.runState.ending != nil { continue }
                let three = MemoryLog(after: two)
                let state = try await site.engine(three).resume(site.request(Self.runbook), past: site.past(two))
                #expect(state.counts == [.remediated: 1], "killed at commits \(first) and \(second)")
                #expect(site["n1"].counters["first"] == 1 && site["n1"].counters["state"] == 1)
                #expect(site["n1"].starts.values.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test func aPowerLossBeforeTheStartIsKnownIsUnknownAndSettledByVerify() async throws {
        let runbook = Runbook.test(steps: [.run("once", "count once", undo: "print x"), .setting("state", to: "good")])
        let site = Site()
        let events = MemoryLog()
        _ = try await Site().apply(runbook, log: events)
        // Dies when the intent is durable and nothing was sent; then the node loses its claim and is started again.
        var log = MemoryLog()
        for number in 2... {
            log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.nodes["n1"]?.openAttempt != nil { break }
        }
        #expect(site["n1"].starts.isEmpty)
        site["n1"].restart()
        let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
        #expect(state.end("n1") == .unknown)
        #expect(site["n1"].counters["once"] == nil)
    }

    @Test func anInterruptedRunIsLeftForResume() async throws {
        let site = Site(3)
        site["n1"].add(FakeFault(.slow(turns: 200), at: .step(0)))
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")], strategy: Strategy(concurrency: 1))
        let control = RunControl()
        let log = MemoryLog()
        let run = Task { try await site.apply(runbook, log: log, control: control) }
        while !log.events.contains(where: { if case .stepIntended = $0.event { true } else { false } }) {
            await Task.yield()
        }
        run.cancel()
        let state = try await run.value
        #expect(state.phase == .interrupted)
        #expect(state.ending == nil)
        let resumed = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
        #expect(resumed.counts == [.remediated: 3])
        #expect(site.nodes.allSatisfy { $0.counters == ["a": 1, "state": 1] })
    }

    @Test func aHeldNodeGoesOnWithTheStepThatFailed() async throws {
        let site = Site()
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .run("mend", "has ready\n|| exit 1\nset state good", undo: "print x")],
            onFailure: .ask)
        let log = MemoryLog()
        let held = try await site.apply(runbook, log: log)
        #expect(held.nodes["n1"]?.outcome?.isHeld == true)
        site["n1"].set("ready", "yes")
        let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].counters == ["a": 1])
    }

    @Test func aStepThatFailedOnceIsNotTriedAgainBecauseTheControllerWasKilled() async throws {
        let runbook = Runbook.test(
            steps: [.run("break", "count breaks\nfail", undo: "count undone")], onFailure: .rollback)
        for number in 2...(try await Self.commits(runbook, nodes: 1)) {
            let site = Site()
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { continue }
            let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
            #expect(state.end("n1") == .rolledBack, "killed at commit \(number)")
            #expect(site["n1"].counters == ["breaks": 1, "undone": 1], "killed at commit \(number)")
        }
    }

    @Test func whetherARungHelpedIsRememberedWhereverTheControllerWasKilled() async throws {
        for number in 2...(try await Self.commits(KillTests.ladder, nodes: 1)) {
            let site = Site()
            let tried = Remembered()
            let log = MemoryLog(break: .after(number))
            _ = try? await site.engine(log, remember: { await tried.add($0) }).apply(site.request(KillTests.ladder))
            if log.runState.ending != nil { continue }
            let state = try await site.engine(MemoryLog(after: log), remember: { await tried.add($0) }).resume(
                site.request(KillTests.ladder), past: site.past(log))
            #expect(state.end("n1") == .remediated, "killed at commit \(number)")
            let all = Set(await tried.all.map { "\($0.rung) \($0.helped)" })
            #expect(all == ["one false", "two true"], "killed at commit \(number)")
        }
    }

    @Test func aRungThatWasSentIsTakenUpAndNotPassedOver() async throws {
        let runbook = KillTests.ladder
        var wereOpen = 0
        for number in 2...(try await Self.commits(runbook, nodes: 1)) {
            let site = Site()
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            guard log.runState.nodes["n1"]?.openAttempt?.step == 1 else { continue }
            wereOpen += 1
            let tried = Remembered()
            let state = try await site.engine(MemoryLog(after: log), remember: { await tried.add($0) }).resume(
                site.request(runbook), past: site.past(log))
            #expect(state.end("n1") == .remediated, "killed at commit \(number)")
            #expect(state.nodes["n1"]?.steps[1]?.ending?.status == .changed, "killed at commit \(number)")
            #expect(site["n1"].counters == ["one": 1, "two": 1], "killed at commit \(number)")
            #expect(await tried.all.map { "\($0.rung) \($0.helped)" } == ["two true"], "killed at commit \(number)")
        }
        #expect(wereOpen > 1)
    }

    @Test func onlyAppliesAreResumed() async throws {
        let site = Site()
        let log = MemoryLog()
        _ = try await site.engine(log).diagnose(site.request(.mend, kind: .diagnose))
        await #expect(throws: EngineError.self) {
            try await site.engine(MemoryLog(after: log)).resume(site.request(.mend), past: site.past(log))
        }
    }

    @Test func whatAStepPrintedIsStillKnownAfterAKill() async throws {
        let printed = Expression.binary(
            .equal, .member(.index(.root("steps"), .literal(.string("say"))), "stdout"), .literal(.string("hello")))
        let runbook = Runbook.test(steps: [
            .run("say", "print hello", undo: "print x"), .setting("state", to: "good") { $0.when = printed },
        ])
        for number in 2...(try await Self.commits(runbook, nodes: 1)) {
            let site = Site()
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { continue }
            let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
            #expect(state.end("n1") == .remediated, "killed at commit \(number)")
        }
    }

    /// Whether the run has come to carrying out its plan on the node.
    private func isBegun(_ log: MemoryLog) -> Bool {
        guard let progress = log.runState.nodes["n1"] else { return false }
        if case .survey = ResumeDecision(progress) { return false }
        return true
    }

    /// Kills a run at each commit once it has its plan, and goes on with it with what the inventory says by `then`: a node
    /// that was not begun is `told` of, one that was comes to `counters`.
    private func goOn(
        _ runbook: Runbook, now: (inout Node) -> Void, then: (inout Node) -> Void, told: String, counters: [String: Int]
    ) async throws {
        func request(_ site: Site, _ change: (inout Node) -> Void) -> RunRequest {
            var request = site.request(runbook)
            change(&request.targets[0])
            return request
        }
        let whole = MemoryLog()
        let other = Site()
        _ = try await other.engine(whole).apply(request(other, now))
        var (resumed, begun) = (0, 0)
        for number in 2...whole.commits {
            let site = Site()
            let log = MemoryLog(break: .after(number))
            _ = try? await site.engine(log).apply(request(site, now))
            if log.runState.ending != nil || log.runState.plan == nil { continue }
            resumed += 1
            let state = try await site.engine(MemoryLog(after: log)).resume(request(site, then), past: site.past(log))
            if !isBegun(log) {
                #expect(state.counts == [.notStarted: 1], "killed at commit \(number)")
                #expect(state.text("n1").contains(told), "killed at commit \(number): \(state.text("n1"))")
                #expect(site["n1"].counters.isEmpty, "killed at commit \(number)")
                continue
            }
            begun += 1
            #expect(state.counts == [.remediated: 1], "killed at commit \(number)")
            #expect(site["n1"].counters == counters, "killed at commit \(number)")
        }
        #expect(begun > 0 && resumed > begun)
    }

    @Test func aResumedRunGoesOnWithTheItemsOfItsPlan() async throws {
        let runbook = Runbook.test(steps: [
            .run("put", "count $ITEM", undo: "print x") { $0.each = .member(.member(.root("node"), "vars"), "keys") },
            .setting("state", to: "good"),
        ])
        try await goOn(
            runbook, now: { $0.variables["keys"] = .list([.string("a"), .string("b")]) },
            then: { $0.variables["keys"] = .list([.string("c")]) }, told: "would do something else now",
            counters: ["a": 1, "b": 1, "state": 1])
    }

    @Test func aResumedRunSeesOfItsNodesWhatThePlanHas() async throws {
        let label = Expression.ofNode("labels", "disk")
        let runbook = Runbook.test(steps: [
            .run("put", "count $DISK", undo: "print x") { $0.environment = ["DISK": .expression(label)] },
            .run("more", "count more", undo: "print x") {
                $0.when = .binary(.equal, label, .literal(.string("a")))
            },
            .run("late", "count $DISK", undo: "print x") { $0.environment = ["DISK": .expression(label)] },
            .setting("state", to: "good"),
        ])
        try await goOn(
            runbook, now: { $0.labels["disk"] = "a" }, then: { $0.labels["disk"] = "b" },
            told: "the inventory says something else of it now", counters: ["a": 2, "more": 1, "state": 1])
    }

    @Test func aNodeThatNeedsMoreThanThePlanSaysIsNotBegunOnResume() async throws {
        let runbook = Runbook.test(
            detect: [.test("state", "is state good"), .test("more", "is more good", cause: "more")],
            steps: [.setting("state", to: "good"), .setting("more", to: "good") { $0.causes = ["more"] }],
            strategy: Strategy(concurrency: 1))
        let site = Site(2, values: ["state": "bad", "more": "good"])
        var log = MemoryLog()
        for number in 2... {
            log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.nodes["n1"]?.openAttempt != nil { break }
        }
        site["n2"].set("more", "bad")
        let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
        #expect(state.end("n1") == .remediated)
        #expect(state.end("n2") == .notStarted)
        #expect(site["n2"].starts.isEmpty)
    }
}
