import Foundation
import GRDB
import Model
import Testing

@testable import Journal

/// Tampering with the chain, at every position one after the other, by somebody with full access to the file.
@Suite struct AuditPositionTests {
    /// What is done at a position, and what verifying has to say.
    enum Tampering: String, CaseIterable, Sendable {
        case altered, hashedAnew, dropped, droppedAndNumberedAnew, exchanged, duplicated, cutOff
    }

    private static let end = 13

    /// A journal of thirteen records in a file that nothing has open, and where its chain ends.
    private func file() async throws -> (fixture: TestJournal, path: String, head: AuditHead) {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let run = RunID.test(1)
        let id = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        try await journal.begin(run)
        _ = try await journal.claim(node: "gpu01", run: run)
        try await journal.append([.stepIntended(node: "gpu01", .test(id))], run: run)
        try await journal.append(
            [.stepEnded(node: "gpu01", .test(id)), .nodeFinished(node: "gpu01", NodeOutcome(.remediated))], run: run)
        try await journal.release(node: "gpu01", run: run)
        try await journal.end(run)
        let path = fixture.folder + "/copy.db"
        // The backup's own record is the thirteenth.
        try await journal.backup(to: path)
        let copy = try TestJournal.open(path)
        let head = try #require(try await copy.auditHead())
        try await copy.close()
        #expect(head.sequence == Self.end)
        return (fixture, path, head)
    }

    private func tamper(_ path: String, _ body: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            for trigger in ["audit_is_never_altered", "audit_is_never_deleted", "audit_only_grows"] {
                try db.execute(sql: "DROP TRIGGER IF EXISTS \(trigger)")
            }
            try body(db)
        }
        try queue.close()
    }

    /// Makes the journal's own note of its end fit what is there.
    private func fitEnd(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE journal SET audit_sequence = (SELECT coalesce(max(sequence), 0) FROM audit),
                    audit_hash = coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), ?)
                """,
            arguments: [AuditChain.origin])
    }

    private func apply(_ tampering: Tampering, at position: Int, _ db: Database) throws {
        let next = position + 1
        func run(_ sql: String) throws { try db.execute(sql: sql) }
        switch tampering {
        case .altered:
            try run(
                "UPDATE audit SET record = replace(record, '\"host\":\"', '\"host\":\"x') WHERE sequence = \(position)")
        case .hashedAnew:
            let text = try #require(
                try String.fetchOne(db, sql: "SELECT record FROM audit WHERE sequence = ?", arguments: [position]))
            let forged = text.replacingOccurrences(of: "\"host\":\"", with: "\"host\":\"x")
            try db.execute(
                sql: "UPDATE audit SET record = ?, hash = ? WHERE sequence = ?",
                arguments: [forged, Digest.of(forged), position])
        case .dropped: try run("DELETE FROM audit WHERE sequence = \(position)")
        case .droppedAndNumberedAnew:
            try run("DELETE FROM audit WHERE sequence = \(position)")
            try run("UPDATE audit SET sequence = sequence - 1 WHERE sequence > \(position)")
        case .exchanged:
            try run("UPDATE audit SET sequence = 99 WHERE sequence = \(position)")
            try run("UPDATE audit SET sequence = \(position) WHERE sequence = \(next)")
            try run("UPDATE audit SET sequence = \(next) WHERE sequence = 99")
        case .duplicated:
            try run("UPDATE audit SET sequence = -sequence - 1 WHERE sequence > \(position)")
            try run("UPDATE audit SET sequence = -sequence WHERE sequence < 0")
            try run(
                "INSERT INTO audit SELECT \(next), time, user, action, run, hash, record FROM audit WHERE sequence = \(position)"
            )
        case .cutOff: try run("DELETE FROM audit WHERE sequence >= \(position)")
        }
        try fitEnd(db)
    }

    /// Where it has to be found.
    private func place(_ tampering: Tampering, _ position: Int) -> Int {
        switch tampering {
        // The last one's new hash fits all that is in the file; the anchor knows the true one.
        case .hashedAnew: min(position + 1, Self.end)
        case .duplicated: position + 1
        default: position
        }
    }

    @Test(arguments: Tampering.allCases) func isFoundAndLocatedAtEveryPosition(_ tampering: Tampering) async throws {
        let (fixture, path, head) = try await file()
        var found = 0
        for position in 1...Self.end {
            // There is nothing to exchange the last one with.
            if tampering == .exchanged, position == Self.end { continue }
            let copy = fixture.folder + "/\(position).db"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try tamper(copy) { try apply(tampering, at: position, $0) }
            let journal = try TestJournal.open(copy)
            let fault = try await journal.verifyAudit(against: [head]).fault
            try await journal.close()
            #expect(
                fault?.sequence == place(tampering, position),
                "\(tampering) at \(position): \(fault.map { "\($0.kind) \($0.sequence): \($0.message)" } ?? "nothing")")
            if fault != nil { found += 1 }
        }
        #expect(found == (tampering == .exchanged ? Self.end - 1 : Self.end))
    }

    @Test func aChainThatWasRewrittenAsAWholeIsIntactInItselfAndDoesNotHoldTheAnchor() async throws {
        // The fixture's folder is removed with it.
        let (fixture, path, head) = try await file()
        defer { withExtendedLifetime(fixture) {} }
        try tamper(path) { db in
            var previous = AuditChain.origin
            for row in try Row.fetchAll(db, sql: "SELECT sequence, record FROM audit ORDER BY sequence") {
                let old = try #require(AuditRecord(canonical: row[1]))
                var entry = old.entry
                if old.sequence == 5 { entry.actor.host = "elsewhere" }
                let new = AuditChain.link(entry, sequence: old.sequence, time: old.time, previous: previous)
                try db.execute(
                    sql: "UPDATE audit SET record = ?, hash = ? WHERE sequence = ?",
                    arguments: [new.canonical, new.hash, new.sequence])
                previous = new.hash
            }
            try fitEnd(db)
        }
        let journal = try TestJournal.open(path)
        #expect(try await journal.verifyAudit(against: []).isIntact)
        let fault = try await journal.verifyAudit(against: [head]).fault
        #expect(fault?.kind == .anchor)
        #expect(fault?.sequence == head.sequence)
    }
}
