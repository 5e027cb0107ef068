import Foundation
import Model
import Testing

@testable import Journal

@Suite struct LeaseTests {
    let first = RunID.test(1)
    let second = RunID.test(2)

    @Test func aHeldNodeIsRefusedWithItsHolder() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(first)
        try await journal.begin(second)
        let fence = try await journal.claim(node: "gpu01", run: first)
        let error = await #expect(throws: JournalError.self) { try await journal.claim(node: "gpu01", run: second) }
        #expect(error?.code == .nodeBusy(holder: first))
        #expect(error?.message == "gpu01 is held by run \(first.short).")
        // Others are free, and the holder may claim again.
        _ = try await journal.claim(node: "gpu02", run: second)
        let again = try await journal.claim(node: "gpu01", run: first)
        #expect(again > fence)
        try await journal.release(node: "gpu01", run: second)
        #expect(try await journal.lease(of: "gpu01")?.holder == first)
        try await journal.release(node: "gpu01", run: first)
        #expect(try await journal.lease(of: "gpu01")?.holder == nil)
        #expect(try await journal.claim(node: "gpu01", run: second) > again)
        #expect(try await journal.lease(of: "gpu09") == nil)
    }

    @Test func anIntentForANodeThatAnotherRunHoldsIsRefused() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(first)
        try await journal.begin(second)
        _ = try await journal.claim(node: "gpu01", run: first)
        let id = InvocationID(run: second, target: 0, step: 0, attempt: 1)
        let error = await #expect(throws: JournalError.self) {
            try await journal.append([.stepIntended(node: "gpu01", .test(id))], run: second)
        }
        #expect(error?.code == .nodeBusy(holder: first))
        #expect(try await journal.events(of: second, after: 1, limit: 10).isEmpty)
    }

    @Test func tokensAreHigherThanThoseOfAnEarlierDatabase() async throws {
        let old = try TestJournal()
        try await old.journal.begin(first)
        var last = 0
        for _ in 0..<100 { last = try await old.journal.claim(node: "gpu01", run: first) }
        let fresh = try TestJournal()
        fresh.clock.advance(60_000)
        try await fresh.journal.begin(first)
        #expect(try await fresh.journal.claim(node: "gpu01", run: first) > last)
    }

    @Test func theNodeOfADeadProcessIsTakenOverAndItsRunFenced() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(second, nodes: ["n0"])
        let writer = try Writer(["hold", fixture.path, first.description])
        let fence = try #require(try await writer.line(startingWith: "fence").flatMap { Int($0.dropFirst(6)) })
        let busy = await #expect(throws: JournalError.self) {
            try await fixture.journal.claim(node: "n0", run: second)
        }
        #expect(busy?.code == .nodeBusy(holder: first))
        let adopted = await #expect(throws: JournalError.self) { try await fixture.journal.adopt(run: first) }
        #expect(adopted?.code == .runBusy)
        #expect(try await fixture.journal.run(named: first.description).phase == .surveying)
        #expect(try await fixture.journal.lease(of: "n0")?.isAbandoned == false)

        writer.kill()
        await writer.wait()
        #expect(try await fixture.journal.run(named: first.description).phase == .interrupted)
        #expect(try await fixture.journal.lease(of: "n0")?.isAbandoned == true)
        let taken = try await fixture.journal.claim(node: "n0", run: second)
        #expect(taken > fence)
        let records = try await fixture.journal.auditRecords(AuditFilter(action: .leaseTakenOver))
        #expect(records.map(\.entry.detail["from"]) == [first.description])
        // The dead process's run can be gone on with, but the node is the other run's now.
        try await fixture.journal.append([.resumed(by: .root)], run: first)
        let id = InvocationID(run: first, target: 0, step: 0, attempt: 1)
        let refused = await #expect(throws: JournalError.self) {
            try await fixture.journal.append([.stepIntended(node: "n0", .test(id))], run: first)
        }
        #expect(refused?.code == .nodeBusy(holder: second))
    }

    @Test func aRunIsWrittenByOneProcessOnly() async throws {
        let fixture = try TestJournal()
        let writer = try Writer(["hold", fixture.path, first.description])
        _ = try await writer.line(startingWith: "fence")
        let error = await #expect(throws: JournalError.self) {
            try await fixture.journal.append([.warning("mine")], run: first)
        }
        #expect(error?.code == .runBusy)
        let resumed = await #expect(throws: JournalError.self) {
            try await fixture.journal.append([.resumed(by: .root)], run: first)
        }
        #expect(resumed?.code == .runBusy)
        writer.kill()
        await writer.wait()
        try await fixture.journal.append([.resumed(by: .root), .warning("mine")], run: first)
        let events = try await fixture.journal.events(of: first, after: 1, limit: 10)
        #expect(events.map(\.event) == [.resumed(by: .root), .warning("mine")])
        #expect(events.map(\.sequence) == [2, 3])
        // Its lease went with it.
        #expect(try await fixture.journal.lease(of: "n0")?.isAbandoned == false)
        #expect(try await fixture.journal.lease(of: "n0")?.holder == first)
    }

    @Test func aFinishedRunCanGoOn() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(first)
        try await fixture.journal.end(first, counts: [.notStarted: 3])
        let late = await #expect(throws: JournalError.self) {
            try await fixture.journal.append([.warning("late")], run: first)
        }
        #expect(late?.code == .runBusy)
        try await fixture.journal.append([.resumed(by: .tester)], run: first)
        let summary = try await fixture.journal.run(named: "last")
        #expect(summary.phase == .running)
        #expect(summary.ended == nil)
        #expect(summary.exitStatus == nil)
        try await fixture.journal.end(first)
        #expect(try await fixture.journal.run(named: "last").counts == [.remediated: 3])
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test func onlyACertainlyDeadProcessCountsAsGone() {
        let here = ProcessIdentity.current()
        #expect(!here.isGone(seenFrom: here))
        #expect(ProcessIdentity(text: here.text) == here)
        #expect(ProcessIdentity(text: "x") == nil)
        func other(_ change: (inout ProcessIdentity) -> Void) -> ProcessIdentity {
            var other = here
            change(&other)
            return other
        }
        #expect(other { $0.start += 1 }.isGone(seenFrom: here))
        #expect(other { $0.pid = 4_194_305 }.isGone(seenFrom: here))
        #expect(other { $0.boot = "earlier" }.isGone(seenFrom: here))
        // Another machine, or another container, cannot be asked.
        #expect(
            !other {
                $0.boot = "b"; $0.machine = "m"
            }.isGone(seenFrom: here))
        #expect(
            !other {
                $0.namespace = "pid:[1]"; $0.pid = 4_194_305
            }.isGone(seenFrom: here))
    }

    @Test func aRunOfAMachineThatIsGoneForGoodCanBeDisowned() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(first)
        _ = try await journal.claim(node: "n0", run: first)
        let ours = await #expect(throws: JournalError.self) { try await journal.disown(run: first, reason: "why") }
        #expect(ours?.code == .runBusy)

        var far = ProcessIdentity.current()
        (far.machine, far.boot) = ("0123abcd", "b")
        let text = far.text
        try await journal.pool.write { db in
            try db.execute(sql: "UPDATE runs SET owner = ?", arguments: [text])
            try db.execute(sql: "UPDATE leases SET owner = ?", arguments: [text])
        }
        let here = try TestJournal.open(fixture.path)
        let busy = await #expect(throws: JournalError.self) { try await here.adopt(run: first) }
        #expect(busy?.message.contains("another machine, 0123abcd") == true)
        #expect(busy?.hint?.contains("runbook db disown \(first.short)") == true)
        #expect(try await here.lease(of: "n0")?.isAbandoned == false)

        try await here.disown(run: first, reason: "the machine burned")
        #expect(try await here.run(named: first.description).phase == .interrupted)
        #expect(try await here.lease(of: "n0")?.isAbandoned == true)
        let record = try #require(try await here.auditRecords(AuditFilter(action: .runDisowned)).last)
        #expect(record.entry.detail == ["process": text, "reason": "the machine burned"])
        #expect(record.entry.run == first)
        let twice = await #expect(throws: JournalError.self) { try await here.disown(run: first, reason: "again") }
        #expect(twice?.code == .misuse)
        try await here.adopt(run: first)
        #expect(try await here.lease(of: "n0")?.isAbandoned == false)
        try await here.end(first)
        let ended = await #expect(throws: JournalError.self) { try await here.disown(run: first, reason: "late") }
        #expect(ended?.code == .misuse)
        #expect(try await here.verifyAudit(against: []).isIntact)
    }

    @Test func runsThatTouchedANodeLaterAreFound() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        func step(_ run: RunID, _ node: String, target: Int, _ status: StepEnding.Status, mayHaveChanged: Bool = false)
            async throws
        {
            let id = InvocationID(run: run, target: target, step: 0, attempt: 1)
            try await journal.append([.stepIntended(node: node, .test(id))], run: run)
            fixture.clock.advance(10)
            var ending = StepEnding.test(id, status: status)
            ending.mayHaveChanged = mayHaveChanged
            try await journal.append([.stepEnded(node: node, ending)], run: run)
        }
        try await journal.begin(.test(9))
        try await step(.test(9), "gpu01", target: 0, .changed)
        fixture.clock.advance(10)
        try await journal.begin(first)
        for (target, node) in ["gpu01", "gpu02", "gpu03"].enumerated() {
            try await step(first, node, target: target, .changed)
        }
        try await journal.begin(second)
        try await step(second, "gpu01", target: 0, .changed)
        try await step(second, "gpu02", target: 1, .unchanged)
        try await step(second, "gpu03", target: 2, .failed)
        let all: Set<String> = ["gpu01", "gpu02", "gpu03"]
        #expect(try await journal.laterRuns(than: first, touching: all).map(\.node) == ["gpu01"])
        #expect(try await journal.laterRuns(than: first, touching: all).map(\.run) == [second])
        #expect(try await journal.laterRuns(than: first, touching: ["gpu02"]).isEmpty)
        #expect(try await journal.laterRuns(than: second, touching: all).isEmpty)
        try await journal.begin(.test(3))
        try await step(.test(3), "gpu03", target: 2, .failed, mayHaveChanged: true)
        let open = InvocationID(run: .test(3), target: 1, step: 0, attempt: 1)
        try await journal.append([.stepIntended(node: "gpu02", .test(open))], run: .test(3))
        let later = try await journal.laterRuns(than: first, touching: all)
        #expect(Set(later.map(\.node)) == all)
        #expect(later.first { $0.node == "gpu02" }?.run == .test(3))
        #expect(
            try await journal.stepDurations(runbook: "gpu-reset", step: "reset", limit: 10) == [10, 10, 10, 10, 10, 10])
    }

    @Test func rungsAreRememberedAcrossRuns() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        func attempt(_ rung: String, _ run: RunID, helped: Bool = false) async throws {
            fixture.clock.advance(1000)
            try await journal.remember(
                EscalationAttempt(
                    node: "gpu01", runbook: "gpu-reset", step: "ladder", rung: rung, run: run, time: 0, helped: helped))
        }
        func tried(since time: Int = 0, step: String = "ladder") async throws -> [String: Set<String>] {
            try await journal.triedRungs(runbook: "gpu-reset", step: step, since: time)
        }
        try await journal.begin(first)
        try await attempt("reload", first)
        try await journal.begin(second)
        try await attempt("restart", second)
        #expect(try await tried() == ["gpu01": ["reload", "restart"]])
        #expect(try await tried(since: 1_800_000_002_000) == ["gpu01": ["restart"]])
        #expect(try await tried(step: "other").isEmpty)
        try await attempt("reboot", second, helped: true)
        #expect(try await tried().isEmpty)
        try await attempt("reload", second)
        #expect(try await tried() == ["gpu01": ["reload"]])
        let third = RunID.test(3)
        fixture.clock.advance(1000)
        try await journal.begin(third)
        try await journal.append([.surveyed(node: "gpu01", Survey(verdict: .healthy))], run: third)
        #expect(try await tried().isEmpty)
    }
}
