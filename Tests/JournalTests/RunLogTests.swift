import Foundation
import Model
import Testing

@testable import Journal

@Suite struct RunLogTests {
    let run = RunID.test(1)

    @Test func everyEventComesBackAsItWas() async throws {
        let fixture = try TestJournal()
        let id = InvocationID(run: run, target: 0, step: 1, attempt: 1)
        let probe = InvocationID(run: run, target: 0, step: 9, attempt: 1)
        let state: [UInt8] = Array("former".utf8)
        let events: [RunEvent] = [
            .runStarted(.test(run)), .phaseChanged(.surveying), .warning("careful"),
            .nodeStateChanged(node: "gpu01", .connecting),
            .connected(
                node: "gpu01",
                NodeIdentity(
                    machineID: "m1", bootID: "b1", hostname: "gpu01", userID: 0, distribution: "debian",
                    distributionVersion: "12", hasSystemd: true)),
            .probeAnswered(
                node: "gpu01",
                ProbeAnswer(
                    probe: "alive", stage: .detect, verdict: .broken, causes: ["xid"], facts: ["gpus": "7"],
                    invocation: probe, outcome: .exited(9))),
            .surveyed(node: "gpu01", Survey(verdict: .broken, causes: ["xid"])),
            .planned(
                PlanSummary(
                    digest: "d", gate: .approval, waves: [NodeSet(names: ["gpu01"]), NodeSet(names: ["gpu02"])],
                    stopsAtFailure: 1, predicted: 2, predictable: 3)),
            .confirmed(by: .root, planDigest: "d"),
            .waveStarted(index: 0, nodes: NodeSet(names: ["gpu01"])),
            .leased(node: "gpu01", fence: 7),
            .stepIntended(node: "gpu01", .test(id)), .stepStarted(node: "gpu01", id),
            .stepEnded(node: "gpu01", .test(id)), .released(node: "gpu01"), .waveEnded(index: 0),
            .nodeFinished(node: "gpu01", NodeOutcome(.remediated, text: "ok", causes: ["xid"])),
        ]
        try await fixture.journal.append(events, run: run)
        try await fixture.journal.append(
            [.captured(node: "gpu01", step: 1, StateCapture(id: id, digest: Digest.of(state), bytes: state))], run: run)
        try await fixture.journal.end(run)

        let found = try await fixture.journal.events(of: run, after: 0, limit: 100)
        #expect(found.map(\.sequence) == Array(1...events.count + 2))
        #expect(Array(found.prefix(events.count).map(\.event)) == events)
        #expect(
            found[events.count].event
                == .captured(node: "gpu01", step: 1, StateCapture(id: id, digest: Digest.of(state), bytes: [])))
        #expect(try await fixture.journal.captures(of: run, node: nil).map(\.bytes) == [state])
        #expect(try await fixture.journal.captures(of: run, node: "gpu02").isEmpty)
        let tail = try await fixture.journal.events(of: run, after: 5, limit: 2)
        #expect(tail.map(\.sequence) == [6, 7])

        let targets = try await fixture.journal.targets(of: run)
        #expect(targets.map(\.node) == ["gpu01", "gpu02", "gpu03"])
        #expect(targets[0].outcome == NodeOutcome(.remediated, text: "ok", causes: ["xid"]))
        #expect(targets.map(\.wave) == [0, 1, nil])
        #expect(targets[0].bootID == "b1")
        #expect(try await fixture.journal.nodes(of: run, endedAs: [.remediated, .failed]) == ["gpu01"])
        let attempts = try await fixture.journal.attempts(of: run, nodes: ["gpu01"], step: nil)
        #expect(attempts.map(\.name) == ["reset", "alive"])
        #expect(attempts[0].work == .step(.apply))
        #expect(attempts[1].work == .probe(.detect))
        #expect(attempts[0].status == .changed)
        #expect(attempts[0].effect == .once)
    }

    @Test func oneAppendIsKeptWholeOrNotAtAll() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        let foreign = InvocationID(run: .test(2), target: 0, step: 0, attempt: 1)
        await #expect(throws: JournalError.self) {
            try await fixture.journal.append([.warning("one"), .stepStarted(node: "gpu01", foreign)], run: run)
        }
        #expect(try await fixture.journal.events(of: run, after: 1, limit: 10).isEmpty)
        try await fixture.journal.append([.warning("two")], run: run)
        #expect(try await fixture.journal.events(of: run, after: 1, limit: 10).map(\.sequence) == [2])
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test func eventsOfManyTasksShareFewTransactionsAndKeepTheirOrder() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        let before = fixture.clock.readings
        try await withThrowingTaskGroup { group in
            for node in 0..<64 {
                group.addTask {
                    for step in 0..<10 {
                        try await fixture.journal.append([.warning("\(node) \(step)")], run: self.run)
                    }
                }
            }
            try await group.waitForAll()
        }
        let events = try await fixture.journal.events(of: run, after: 1, limit: 1000)
        #expect(events.map(\.sequence) == Array(2...641))
        var next = [Int](repeating: 0, count: 64)
        for case .warning(let text) in events.map(\.event) {
            let parts = text.split(separator: " ").compactMap { Int($0) }
            #expect(parts[1] == next[parts[0]])
            next[parts[0]] += 1
        }
        // Each transaction reads the clock once.
        let transactions = fixture.clock.readings - before
        #expect(transactions < 320)
    }

    @Test func whatIsRefusedAmongMuchElseIsUndoneAlone() async throws {
        let fixture = try TestJournal()
        let other = RunID.test(2)
        try await fixture.journal.begin(run)
        try await fixture.journal.begin(other)
        _ = try await fixture.journal.claim(node: "gpu01", run: other)
        let refusals = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<64 {
                group.addTask {
                    var refused = 0
                    for step in 0..<5 {
                        do {
                            if task % 8 == 0 {
                                let id = InvocationID(run: self.run, target: 0, step: step, attempt: task + 1)
                                // Its first event is fine, and goes with the second.
                                try await fixture.journal.append(
                                    [.warning("undone"), .stepIntended(node: "gpu01", .test(id))], run: self.run)
                            } else {
                                try await fixture.journal.append([.warning("\(task) \(step)")], run: self.run)
                            }
                        } catch let error as JournalError where error.code == .nodeBusy(holder: other) {
                            refused += 1
                        }
                    }
                    return refused
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(refusals == 40)
        let events = try await fixture.journal.events(of: run, after: 1, limit: 1000)
        #expect(events.map(\.sequence) == Array(2...281))
        #expect(!events.map(\.event).contains(.warning("undone")))
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test func oneAuditRecordCoversWhatATransactionHoldsOfARun() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        try await withThrowingTaskGroup { group in
            for task in 0..<200 {
                group.addTask { try await fixture.journal.append([.warning("\(task)")], run: self.run) }
            }
            try await group.waitForAll()
        }
        let records = try await fixture.journal.auditRecords(AuditFilter(action: .runEvents))
        let transactions = fixture.clock.readings
        #expect(records.count <= transactions)
        #expect(records.count < 100)
        #expect(records.last?.entry.detail["last"] == "201")
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test func timeNeverGoesBackWhenTheClockDoes() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        fixture.clock.advance(-3_600_000)
        try await fixture.journal.append([.warning("earlier")], run: run)
        let events = try await fixture.journal.events(of: run, after: 0, limit: 10)
        #expect(events[0].time == 1_800_000_000_000)
        #expect(events[1].time == events[0].time)
        // A new process with a wrong clock either.
        let other = try TestJournal.open(fixture.path, clock: TestClock(5))
        try await other.append([.warning("much earlier")], run: run)
        #expect(try await other.events(of: run, after: 2, limit: 1)[0].time == events[0].time)
    }

    @Test func aRunIsFoundByPrefixOrAsTheLast() async throws {
        let fixture = try TestJournal()
        let none = await #expect(throws: JournalError.self) { try await fixture.journal.run(named: "last") }
        #expect(none?.code == .noSuchRun && none?.hint?.contains("--db") == true, "\(String(describing: none))")
        let first = RunID(random: 0xabcd_0000_0000_0001, 1)
        let second = RunID(random: 0xabcd_0000_0000_0002, 2)
        try await fixture.journal.begin(first)
        fixture.clock.advance(1000)
        try await fixture.journal.begin(second, nodes: ["cn001"])
        #expect(try await fixture.journal.run(named: "last").id == second)
        #expect(try await fixture.journal.run(named: "abcd000000000001").id == first)
        let error = await #expect(throws: JournalError.self) { try await fixture.journal.run(named: "abcd") }
        #expect(error?.code == .ambiguousRun(candidates: [second, first]))
        #expect(error?.message == "Several runs begin with 'abcd': abcd00000000, abcd00000000.")
        let missing = await #expect(throws: JournalError.self) { try await fixture.journal.run(named: "ff") }
        #expect(missing?.code == .noSuchRun)
        for text in ["", "%", "abc_"] {
            await #expect(throws: JournalError.self) { try await fixture.journal.run(named: text) }
        }
    }

    @Test func runsAreListedByWhatIsAskedFor() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        fixture.clock.advance(10)
        try await journal.append(
            [.runStarted(.test(.test(2), nodes: ["cn001"], kind: .exec, runbook: "", requester: .tester))],
            run: .test(2))
        fixture.clock.advance(10)
        try await journal.begin(.test(3), nodes: ["gpu01"], parent: .test(1))
        try await journal.append(
            [.nodeFinished(node: "gpu01", NodeOutcome(.failed)), .nodeFinished(node: "gpu02", NodeOutcome(.healthy))],
            run: .test(1))
        try await journal.end(.test(3), counts: [.rolledBack: 1])

        #expect(try await journal.runs(RunFilter()).map(\.id) == [.test(3), .test(2), .test(1)])
        #expect(try await journal.runs(RunFilter(limit: 1)).map(\.id) == [.test(3)])
        #expect(try await journal.runs(RunFilter(kinds: [.exec])).map(\.id) == [.test(2)])
        #expect(try await journal.runs(RunFilter(runbook: "gpu-reset")).map(\.id) == [.test(3), .test(1)])
        #expect(try await journal.runs(RunFilter(user: "tester")).map(\.id) == [.test(2)])
        #expect(try await journal.runs(RunFilter(node: "gpu01")).map(\.id) == [.test(3), .test(1)])
        #expect(try await journal.runs(RunFilter(phases: [.finished])).map(\.id) == [.test(3)])
        #expect(try await journal.runs(RunFilter(parent: .test(1))).map(\.id) == [.test(3)])
        let start = 1_800_000_000_000
        #expect(try await journal.runs(RunFilter(since: start + 10, until: start + 20)).map(\.id) == [.test(2)])

        let summary = try await journal.run(named: RunID.test(1).description)
        #expect(summary.counts == [.failed: 1, .healthy: 1])
        #expect(summary.phase == .surveying)
        #expect(summary.targetCount == 3)
        #expect(summary.requester == .root)
        let ended = try await journal.run(named: RunID.test(3).description)
        #expect(ended.counts == [.rolledBack: 1])
        #expect(ended.phase == .finished)
        #expect(ended.exitStatus == 0)
        #expect(try await journal.header(of: .test(3)) == .test(.test(3), nodes: ["gpu01"], parent: .test(1)))
    }

    @Test func aWaitingReaderGetsWhatAnotherConnectionWrites() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        let reader = try fixture.reopened()
        async let next = reader.nextEvents(of: run, after: 1, limit: 10)
        try await fixture.journal.append([.warning("now")], run: run)
        #expect(try await next.map(\.event) == [.warning("now")])
        let waiting = Task { try await reader.nextEvents(of: run, after: 2, limit: 10) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func whatWasHandedOverIsKeptAlthoughItsTaskIsCancelled() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await fixture.journal.append([.warning("kept")], run: run)
        }
        task.cancel()
        try await task.value
        #expect(try await fixture.journal.events(of: run, after: 1, limit: 1).map(\.event) == [.warning("kept")])
    }

    @Test func plansAndSourcesComeBackByteForByte() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        #expect(try await fixture.journal.plan(of: run) == nil)
        let plan = Plan(
            runbook: "gpu-reset", runbookVersion: 3, sources: ["a.yaml": "00"], selector: "@gpu", program: "1",
            supervisor: "2", created: 1, expires: 2, approve: Approval(approvers: ["alice"], coverage: 99.5),
            window: nil, gate: .approval, steps: [], targets: [], waves: [["gpu01"]],
            strategy: PlannedStrategy(
                order: .nodeFirst, concurrency: 8, stopsAtFailure: 1, canaryWaves: 1, limits: ["rack": ["r1": 2]],
                soak: 0),
            notes: ["grüße / \u{1F600}"])
        try await fixture.journal.store(plan: plan, digest: "abc", run: run)
        try await fixture.journal.store(plan: plan, digest: "abc", run: run)
        #expect(try await fixture.journal.plan(of: run) == StoredPlan(digest: "abc", plan: plan))
        #expect(try await fixture.journal.plan(digest: "abc")?.plan == plan)
        #expect(try await fixture.journal.plan(digest: "other") == nil)
        let sources = [SourceFile(path: "b.yaml", bytes: noise(100)), SourceFile(path: "a.yaml", bytes: [0, 255])]
        try await fixture.journal.append([.warning("they come with it")], sources: sources, run: run)
        #expect(try await fixture.journal.sources(of: run) == sources)
    }
}
