import Foundation
import GRDB
import Model
import Testing

@testable import Journal

/// Messages are kept with what they tell of, claimed by one process at a time, and never lost.
@Suite(.serialized) struct OutboxTests {
    private static let everything = Notifications(
        Dictionary(uniqueKeysWithValues: Notifications.Occasion.allCases.map { ($0, ["ops"]) }))

    private func occasions(_ journal: Journal) async throws -> [Notifications.Occasion] {
        try await journal.outbox(nil, limit: 100).map(\.occasion).sorted { $0.rawValue < $1.rawValue }
    }

    @Test func eachOccasionMakesOneMessageForEachReceiver() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let run = RunID.test(1)
        journal.announce(
            Notifications([.start: ["ops", "ops", "lead"], .approval: ["lead"], .failure: ["ops"]]), of: run)
        try await journal.begin(run, nodes: ["gpu01", "gpu02"])
        for _ in 0..<2 {
            try await journal.append([.stopping(reason: "1 of 2"), .phaseChanged(.waitingApproval)], run: run)
        }
        try await journal.append(
            [.runFinished(RunEnding(counts: [.failed: 1, .remediated: 1], stopReason: "why", exitStatus: 1))], run: run)
        let messages = try await journal.outbox(nil, limit: 100)
        #expect(
            Set(messages.map { "\($0.occasion.rawValue) \($0.receiver)" }) == [
                "start ops", "start lead", "approval lead", "failure ops",
            ])
        #expect(messages.count == 4)
        let end = try #require(messages.first { $0.occasion == .failure })
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(end.body.utf8)) as? [String: Any])
        #expect(body["id"] as? String == end.id)
        #expect(body["nodes"] as? String == "gpu[01-02]")
        #expect(body["outcomes"] as? [String: Int] == ["failed": 1, "remediated": 1])
        #expect(body["requester"] as? String == "alice")
        #expect(body["reason"] as? String == "why")
        #expect(body["text"] as? String == "gpu-reset on gpu[01-02]: 1 failed, 1 remediated")
        #expect(body["show"] as? String == "runbook show \(run.short)")
        #expect(end.body.hasPrefix("{\"exit_status\":1,"))
        #expect(try await journal.check().isSound)
    }

    @Test func whatIsNoEventIsToldWithItsAuditRecord() async throws {
        let fixture = try TestJournal()
        let run = RunID.test(1)
        fixture.journal.announce(Self.everything, of: run)
        try await fixture.journal.begin(run)
        try await fixture.journal.record(AuditEntry(actor: .root, action: .windowClosed, run: run, outcome: "over"))
        try await fixture.journal.use(
            GateRecord(run: run, gate: "start", plan: "p", requirement: Approval(approvers: []), opened: 0),
            standing: [],
            [AuditEntry(actor: .root, action: .breakGlassUsed, run: run, detail: ["reason": "fire", "gate": "start"])])
        #expect(try await occasions(fixture.journal) == [.breakGlass, .start, .windowClosing])
        let bodies = try await fixture.journal.outbox(nil, limit: 9).map(\.body).joined()
        #expect(bodies.contains("\"reason\":\"fire\""))
        #expect(bodies.contains("\"reason\":\"over\""))
    }

    @Test func whatIsNotKeptIsNotTold() async throws {
        let fixture = try TestJournal()
        let run = RunID.test(1)
        fixture.journal.announce(Self.everything, of: run)
        await #expect(throws: JournalError.self) {
            try await fixture.journal.append(
                [.runStarted(.test(run)), .runStarted(.test(run))], run: run)
        }
        #expect(try await occasions(fixture.journal) == [])
        try await fixture.journal.begin(run)
        try await fixture.journal.end(run)
        #expect(try await occasions(fixture.journal) == [.start, .success])
        // Nobody is told of a run that nobody has announced.
        try await fixture.journal.begin(.test(2))
        #expect(try await occasions(fixture.journal) == [.start, .success])
    }

    @Test func aMessageIsDueClaimedPostponedAndSettledOnce() async throws {
        let fixture = try TestJournal()
        let (journal, other) = (fixture.journal, try fixture.reopened())
        let run = RunID.test(1)
        journal.announce(Notifications([.start: ["ops"]]), of: run)
        try await journal.begin(run)
        let first = try #require(try await journal.claimMessages(limit: 5, for: .seconds(60)).first)
        #expect(first.attempts == 1)
        #expect(try await other.claimMessages(limit: 5, for: .seconds(60)).isEmpty)
        #expect(try await journal.settle(first, .postponed(by: .seconds(30), error: "down")))
        #expect(try await journal.claimMessages(limit: 5, for: .seconds(60)).isEmpty)
        fixture.clock.advance(30_000)
        let second = try #require(try await other.claimMessages(limit: 5, for: .seconds(60)).first)
        #expect(second.id == first.id)
        #expect(second.attempts == 2)
        #expect(second.error == "down")
        // The claim of the first try is over.
        #expect(try await !journal.settle(first, .sent))
        #expect(try await other.settle(second, .sent))
        #expect(try await !other.settle(second, .sent))
        #expect(try await journal.outbox(.sent, limit: 5).map(\.id) == [first.id])
        let sent = try await journal.auditRecords(AuditFilter(action: .notificationSent))
        #expect(sent.map(\.entry.detail["attempts"]) == ["2"])
    }

    @Test func aClaimEndsAfterItsTimeAndGivingUpIsLoud() async throws {
        let fixture = try TestJournal()
        let run = RunID.test(1)
        fixture.journal.announce(Notifications([.start: ["ops"]]), of: run)
        try await fixture.journal.begin(run)
        let first = try #require(try await fixture.journal.claimMessages(limit: 5, for: .seconds(60)).first)
        fixture.clock.advance(60_000)
        let second = try #require(try await fixture.journal.claimMessages(limit: 5, for: .seconds(60)).first)
        #expect(second.id == first.id)
        #expect(try await fixture.journal.settle(second, .givenUp(error: "nobody there")))
        let record = try #require(
            try await fixture.journal.auditRecords(AuditFilter(action: .notificationFailed)).first)
        #expect(record.entry.run == run)
        #expect(record.entry.outcome == "nobody there")
        #expect(record.entry.detail["receiver"] == "ops")
        fixture.clock.advance(10_000_000)
        #expect(try await fixture.journal.claimMessages(limit: 5, for: .seconds(60)).isEmpty)
    }

    @Test func noSecretOfTheRunIsInAMessage() async throws {
        let fixture = try TestJournal()
        let run = RunID.test(1)
        fixture.journal.announce(Self.everything, of: run)
        fixture.journal.hide([SecretBytes(Array("first-marked-secret".utf8))], run: run)
        fixture.journal.hide([SecretBytes(Array("other-marked-secret".utf8))], run: run)
        try await fixture.journal.begin(run)
        for secret in ["first-marked-secret", "other-marked-secret"] {
            try await fixture.journal.record(
                AuditEntry(actor: .root, action: .windowClosed, run: run, outcome: "over"))
            try await fixture.journal.append([.warning("it printed \(secret)")], run: run)
        }
        try await fixture.journal.append(
            [
                .runFinished(
                    RunEnding(
                        counts: [.failed: 1], stopReason: "first-marked-secret other-marked-secret", exitStatus: 1))
            ], run: run)
        #expect(try await fixture.journal.outbox(nil, limit: 9).contains { $0.body.contains("*******************") })
        try await fixture.journal.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder) {
            let bytes = FileManager.default.contents(atPath: fixture.folder + "/" + name) ?? Data()
            #expect(bytes.range(of: Data("marked-secret".utf8)) == nil, "\(name)")
        }
    }

    @Test func whatAKilledProcessHadClaimedIsClaimedAgain() async throws {
        let fixture = try TestJournal()
        let run = RunID.test(1)
        fixture.journal.announce(Notifications([.start: ["ops"]]), of: run)
        try await fixture.journal.begin(run)
        let id = try #require(try await fixture.journal.outbox(nil, limit: 1).first?.id)
        let writer = try Writer(["take", fixture.path, run.description])
        #expect(try await writer.line(startingWith: "took") == "took \(id)")
        #expect(try await fixture.journal.claimMessages(limit: 5, for: .seconds(60)).isEmpty)
        writer.kill()
        await writer.wait()
        let again = try await fixture.journal.claimMessages(limit: 5, for: .seconds(60))
        #expect(again.map(\.id) == [id])
        #expect(again.map(\.attempts) == [2])
    }

    @Test(arguments: 1...4)
    func aRunAndWhatIsToldOfItAreOneTransaction(round: Int) async throws {
        let fixture = try TestJournal()
        let writer = try Writer(["tell", fixture.path, RunID.test(1).description])
        _ = await writer.lines(round * 7)
        writer.kill()
        await writer.wait()
        let messages = try await fixture.journal.outbox(nil, limit: 100_000)
        let runs = try await fixture.journal.runs(RunFilter(limit: 100_000))
        #expect(runs.count >= round * 7)
        for run in runs {
            let told = messages.filter { $0.run == run.id }.map { "\($0.occasion.rawValue) \($0.receiver)" }
            let start = ["start a", "start b"]
            #expect(Set(told) == Set(run.ended == nil ? start : start + ["failure a", "failure b"]))
            #expect(told.count == Set(told).count)
        }
    }
}
