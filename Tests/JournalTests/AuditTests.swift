import Foundation
import GRDB
import Model
import Testing

@testable import Journal

@Suite struct AuditTests {
    let run = RunID.test(1)

    /// A journal with a run and about a dozen records.
    private func filled() async throws -> TestJournal {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let id = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        try await journal.begin(run)
        fixture.clock.advance(1000)
        _ = try await journal.claim(node: "gpu01", run: run)
        try await journal.append([.stepIntended(node: "gpu01", .test(id))], run: run)
        try await journal.append(
            [.stepEnded(node: "gpu01", .test(id)), .nodeFinished(node: "gpu01", NodeOutcome(.remediated))], run: run)
        try await journal.release(node: "gpu01", run: run)
        try await journal.end(run)
        try await journal.record(
            AuditEntry(actor: .tester, action: .outputRead, run: run, nodes: "gpu01", detail: ["step": "reset"]))
        return fixture
    }

    /// Does to the file what somebody with full access to it could do.
    private func tamper(_ fixture: TestJournal, _ sql: String, arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: fixture.path)
        try queue.write { db in
            for trigger in ["audit_is_never_altered", "audit_is_never_deleted", "audit_only_grows"] {
                try db.execute(sql: "DROP TRIGGER IF EXISTS \(trigger)")
            }
            try db.execute(sql: sql, arguments: arguments)
        }
        try queue.close()
    }

    @Test func theChainSaysWhoDidWhatWhenAndWithWhatOutcome() async throws {
        let fixture = try await filled()
        let records = try await fixture.journal.auditRecords(AuditFilter())
        #expect(
            records.map(\.entry.action) == [
                .journalCreated, .runStarted, .runEvents, .leaseClaimed, .stepIntended, .runEvents, .stepEnded,
                .nodeFinished, .runEvents, .leaseReleased, .runFinished, .runEvents, .outputRead,
            ])
        #expect(records.map(\.sequence) == Array(1...records.count))
        #expect(records[1].entry.actor == .root)
        #expect(records[1].entry.nodes == "gpu[01-03]")
        #expect(records[1].time == 1_800_000_000_000)
        #expect(records[4].entry.detail["script"] == Digest.of("exit 0"))
        #expect(records[4].entry.run == run)
        #expect(records[6].entry.outcome == "changed")
        #expect(records[12].entry.actor == .tester)
        let verification = try await fixture.journal.verifyAudit(against: [])
        #expect(verification.isIntact)
        #expect(verification.records == records.count)
        #expect(verification.anchors == 0)
        #expect(verification.head?.hash == records.last?.hash)

        let mine = try await fixture.journal.auditRecords(AuditFilter(user: "tester", action: .outputRead))
        #expect(mine == [records[12]])
        let newest = try await fixture.journal.auditRecords(AuditFilter(run: run, newestFirst: true, limit: 2))
        #expect(newest.map(\.sequence) == [13, 12])
        #expect(try await fixture.journal.auditRecords(AuditFilter(after: 11)).map(\.sequence) == [12, 13])
    }

    @Test func aRecordCanBeProvedWithNothingButSHA256() async throws {
        let fixture = try await filled()
        let records = try await fixture.journal.auditRecords(AuditFilter())
        var previous = String(repeating: "0", count: 64)
        for record in records {
            #expect(record.canonical.contains("\"previous\":\"\(previous)\""))
            #expect(Digest.of(Array(record.canonical.utf8)) == record.hash)
            previous = record.hash
        }
        // Sorted members, no blanks.
        #expect(
            records[0].canonical.hasPrefix("{\"action\":\"journal.created\",\"actor\":{\"host\":\"here\",\"uid\":1000"))
    }

    @Test func aRecordsBytesAreCanonicalWhateverItHolds() {
        let entry = AuditEntry(
            actor: .root, action: .stepEnded, run: run, nodes: "gpu[01-03]", planDigest: "abc", outcome: "a\"b\n",
            detail: ["é": "1", "b": "2", "a\\": "3", "": "4"])
        let record = AuditChain.link(entry, sequence: 7, time: 9, previous: "00")
        // Made by hand: members sorted, the empty name first, no blanks.
        let canonical =
            #"{"action":"step.ended","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"#
            + #""user":"root"},"detail":{"":"4","a\\":"3","b":"2","é":"1"},"nodes":"gpu[01-03]","outcome":"a\"b\n","#
            + #""plan":"abc","previous":"00","run":"\#(run.description)","sequence":7,"time":9,"v":1}"#
        #expect(record.canonical == canonical)
        #expect(AuditChain.record(canonical: record.canonical, hash: record.hash) == record)
    }

    @Test func canonicalJSONEscapesAsTheRFCSays() {
        var bytes: [UInt8] = []
        CanonicalJSON.write(
            [
                "\u{20AC}": "\u{8}\t\n\u{C}\r\"\\\u{1f}/\u{7f}é😀", "\r": "-5", "1": "", "\u{1F600}": "",
                "\u{FB33}": "x",
            ], into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "{\"\\r\":\"-5\",\"1\":\"\",\"\u{20AC}\":\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f/\u{7f}é😀\",\"\u{1F600}\":\"\",\"\u{FB33}\":\"x\"}"
        )
    }

    @Test func recordsCannotBeAlteredDeletedOrReplacedBySQL() async throws {
        let fixture = try await filled()
        for sql in [
            "UPDATE audit SET record = 'x' WHERE sequence = 3", "DELETE FROM audit WHERE sequence = 13",
            "INSERT OR REPLACE INTO audit SELECT sequence, time, 'x', action, run, hash, record FROM audit WHERE sequence = 3",
            "INSERT INTO audit SELECT 99, time, user, action, run, hash, record FROM audit WHERE sequence = 3",
        ] {
            #expect(throws: DatabaseError.self) { try fixture.journal.pool.write { try $0.execute(sql: sql) } }
        }
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test func aFailedAppendLeavesNoRecord() async throws {
        let fixture = try await filled()
        let before = try await fixture.journal.auditHead()
        await #expect(throws: JournalError.self) { try await fixture.journal.begin(run) }
        #expect(try await fixture.journal.auditHead() == before)
        #expect(try await fixture.journal.verifyAudit(against: []).isIntact)
    }

    @Test(arguments: [
        (
            "altered", "UPDATE audit SET record = replace(record, 'gpu01', 'gpu02') WHERE sequence = 5",
            AuditVerification.Fault.Kind.altered, 5
        ),
        ("column altered", "UPDATE audit SET user = 'mallory' WHERE sequence = 5", .columns, 5),
        ("dropped in the middle", "DELETE FROM audit WHERE sequence = 5", .missing, 5),
        ("first dropped", "DELETE FROM audit WHERE sequence = 1", .missing, 1),
        ("last dropped", "DELETE FROM audit WHERE sequence = 13", .truncated, 13),
        ("last three dropped", "DELETE FROM audit WHERE sequence > 10", .truncated, 11),
        ("all dropped", "DELETE FROM audit", .truncated, 1),
        (
            "dropped and numbered anew",
            "DELETE FROM audit WHERE sequence = 5; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 5",
            .broken, 5
        ),
        (
            "two exchanged",
            "UPDATE audit SET sequence = 99 WHERE sequence = 5; UPDATE audit SET sequence = 5 WHERE sequence = 6; UPDATE audit SET sequence = 6 WHERE sequence = 99",
            .broken, 5
        ),
        (
            "duplicated",
            "UPDATE audit SET sequence = -sequence - 1 WHERE sequence > 4; UPDATE audit SET sequence = -sequence WHERE sequence < 0; INSERT INTO audit SELECT 5, time, user, action, run, hash, record FROM audit WHERE sequence = 4",
            .broken, 5
        ),
        (
            "event altered",
            "UPDATE events SET body = replace(body, 'remediated', 'failed') WHERE type = 'node_finished'", .events, 9
        ),
        ("event dropped", "DELETE FROM events WHERE type = 'step_ended'", .events, 9),
        (
            "run dropped with its events",
            "PRAGMA foreign_keys = OFF; DELETE FROM events; DELETE FROM attempts; DELETE FROM targets; DELETE FROM runs",
            .events, 3
        ),
    ])
    func tamperingIsFoundAndLocated(
        name: String, sql: String, kind: AuditVerification.Fault.Kind, sequence: Int
    ) async throws {
        let fixture = try await filled()
        try tamper(fixture, sql)
        let verification = try await fixture.journal.verifyAudit(against: [])
        #expect(verification.fault?.kind == kind, "\(name): \(verification.fault?.message ?? "nothing found")")
        #expect(verification.fault?.sequence == sequence, "\(name): \(verification.fault?.message ?? "")")
        #expect(try await fixture.journal.check().isSound == false)
    }

    @Test func aRecordHashedAnewBreaksTheNextLink() async throws {
        let fixture = try await filled()
        let record = try await fixture.journal.auditRecords(AuditFilter(after: 4, limit: 1))[0]
        let forged = record.canonical.replacingOccurrences(of: "gpu01", with: "gpu02")
        try tamper(
            fixture, "UPDATE audit SET record = ?, hash = ? WHERE sequence = 5", arguments: [forged, Digest.of(forged)])
        let fault = try await fixture.journal.verifyAudit(against: []).fault
        #expect(fault?.kind == .broken)
        #expect(fault?.sequence == 6)
    }

    @Test func aTailCutTogetherWithTheJournalsOwnRecordIsFoundByTheEvents() async throws {
        let fixture = try await filled()
        let records = try await fixture.journal.auditRecords(AuditFilter())
        try tamper(
            fixture,
            "DELETE FROM audit WHERE sequence > 9; UPDATE journal SET audit_sequence = 9, audit_hash = '\(records[8].hash)'"
        )
        let fault = try await fixture.journal.verifyAudit(against: []).fault
        #expect(fault?.kind == .uncovered)
        #expect(fault?.sequence == 10)
    }

    @Test func aRewrittenOrRestoredChainDoesNotHoldTheAnchor() async throws {
        let fixture = try await filled()
        let copy = fixture.folder + "/earlier.db"
        try await fixture.journal.backup(to: copy)
        try await fixture.journal.record(AuditEntry(actor: .tester, action: .runShown, run: run))
        let anchor = try #require(try await fixture.journal.auditHead())
        let verification = try await fixture.journal.verifyAudit(against: [anchor])
        #expect(verification.isIntact)
        #expect(verification.anchors == 1)
        // The whole file put back to an earlier state verifies by itself, but not against the anchor.
        let restored = try TestJournal.open(copy)
        #expect(try await restored.verifyAudit(against: []).isIntact)
        let fault = try await restored.verifyAudit(against: [anchor]).fault
        #expect(fault?.kind == .anchor)
        #expect(fault?.sequence == anchor.sequence)
        // And so does one that went another way since.
        for _ in 0..<3 { try await restored.record(AuditEntry(actor: .tester, action: .runShown)) }
        #expect(try await restored.verifyAudit(against: [anchor]).fault?.kind == .anchor)
        // An anchor of another database is told apart.
        let other = try TestJournal()
        #expect(try await other.journal.verifyAudit(against: [anchor]).fault?.kind == .anchor)
    }
}
