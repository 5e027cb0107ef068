import Foundation
import GRDB
import Glibc
import Model
import Testing

@testable import Journal

@Suite struct MaintenanceTests {
    /// A run that ended, with an output and a captured state.
    private func finished(_ run: RunID, _ fixture: TestJournal, state: String = "former") async throws {
        let id = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        try await fixture.journal.begin(run)
        try await fixture.journal.append(
            [.stepIntended(node: "gpu01", .test(id))],
            sources: [SourceFile(path: "a.yaml", bytes: Array("name: a".utf8))], run: run)
        try await fixture.journal.output(
            OutputChunk(stream: .standardOutput, offset: 0, bytes: noise(200_000)), of: id, node: "gpu01")
        let bytes = Array(state.utf8)
        try await fixture.journal.append(
            [
                .captured(node: "gpu01", step: 0, StateCapture(id: id, digest: Digest.of(bytes), bytes: bytes)),
                .stepEnded(node: "gpu01", .test(id)), .nodeFinished(node: "gpu01", NodeOutcome(.remediated)),
            ], run: run)
        try await fixture.journal.end(run, counts: [.remediated: 1])
    }

    @Test func aBackupIsWholePrivateAndAudited() async throws {
        let fixture = try TestJournal()
        try await finished(.test(1), fixture)
        let old = umask(0)
        defer { umask(old) }
        let copy = fixture.folder + "/copy.db"
        try await fixture.journal.backup(to: copy)
        var status = stat()
        #expect(stat(copy, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let backup = try TestJournal.open(copy)
        #expect(try await backup.check().isSound)
        #expect(try await backup.run(named: "last").id == .test(1))
        let last = try #require(try await backup.auditRecords(AuditFilter(action: .journalBackedUp)).last)
        #expect(last.entry.detail == ["path": copy])
        // An existing file is never overwritten.
        let error = await #expect(throws: JournalError.self) { try await fixture.journal.backup(to: copy) }
        #expect(error?.code == .permissions)
        #expect(try await backup.run(named: "last").id == .test(1))
    }

    @Test func pruningRemovesWhatIsLargeAndKeepsWhatCounts() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await finished(.test(1), fixture, state: "only the first")
        try await journal.begin(.test(3))
        fixture.clock.advance(100_000)
        let limit = fixture.clock.now
        try await finished(.test(2), fixture)
        let size = try await journal.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM blobs") } ?? 0
        #expect(try await journal.prune(endedBefore: limit) == [.test(1)])
        #expect(try await journal.prune(endedBefore: limit) == [])

        #expect(try await journal.events(of: .test(1), after: 0, limit: 10).isEmpty)
        #expect(try await journal.outputs(of: .test(1), nodes: nil, step: nil).isEmpty)
        #expect(try await journal.captures(of: .test(1), node: nil).isEmpty)
        let summary = try await journal.run(named: RunID.test(1).description)
        #expect(summary.pruned == limit)
        #expect(summary.counts == [.remediated: 1])
        #expect(try await journal.header(of: .test(1)) == .test(.test(1)))
        #expect(try await journal.nodes(of: .test(1), endedAs: [.remediated]) == ["gpu01"])
        #expect(try await journal.attempts(of: .test(1), nodes: nil, step: nil).count == 1)
        #expect(try await journal.sources(of: .test(1)).count == 1)
        // Runs that are younger or not finished stay whole.
        #expect(try await journal.outputs(of: .test(2), nodes: nil, step: nil).first?.bytes == 200_000)
        #expect(try await journal.captures(of: .test(2), node: nil).count == 1)
        #expect(try await journal.events(of: .test(3), after: 0, limit: 10).count == 1)
        let left = try await journal.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM blobs") } ?? 0
        #expect(left == size - 1)
        #expect(try await journal.check().isSound)
        let record = try #require(try await journal.auditRecords(AuditFilter(action: .journalPruned)).first)
        #expect(record.entry.detail["runs"] == RunID.test(1).description)
    }

    @Test func vacuumGivesSpaceBackToTheDisk() async throws {
        let fixture = try TestJournal()
        try await finished(.test(1), fixture)
        fixture.clock.advance(1)
        _ = try await fixture.journal.prune(endedBefore: fixture.clock.now)
        func size() throws -> Int {
            var status = stat()
            stat(fixture.path, &status)
            return Int(status.st_size)
        }
        try await fixture.journal.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let before = try size()
        try await fixture.journal.vacuum()
        #expect(try size() < before - 150_000)
        #expect(try await fixture.journal.check().isSound)
        #expect(try await fixture.journal.auditRecords(AuditFilter(action: .journalVacuumed)).count == 1)
    }

    @Test(arguments: [
        ("UPDATE output_blocks SET bytes = CAST('x' || substr(bytes, 2) AS BLOB)", "is not what was recorded"),
        ("DELETE FROM output_blocks WHERE start = 65536", "has 65536 bytes, not 200000"),
        ("UPDATE blobs SET bytes = CAST('x' || substr(bytes, 2) AS BLOB)", "are damaged"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM blobs", "refers to a row of blobs that is missing"),
    ])
    func damagedContentIsFoundByCheck(sql: String, problem: String) async throws {
        let fixture = try TestJournal()
        try await finished(.test(1), fixture)
        #expect(try await fixture.journal.check().isSound)
        let queue = try DatabaseQueue(path: fixture.path)
        try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        let check = try await fixture.journal.check()
        #expect(check.problems.contains { $0.contains(problem) }, "\(check.problems)")
        let last = try #require(try await fixture.journal.auditRecords(AuditFilter(newestFirst: true, limit: 1)).first)
        #expect(last.entry.action == .journalChecked)
        #expect(last.entry.outcome == "damaged")
    }

    @Test(arguments: [0, 65_536, 131_072]) func anOutputIsNeverReadAcrossAMissingPart(start: Int) async throws {
        let fixture = try TestJournal()
        try await finished(.test(1), fixture)
        let record = try #require(try await fixture.journal.outputs(of: .test(1), nodes: nil, step: nil).first)
        let queue = try DatabaseQueue(path: fixture.path)
        try await queue.writeWithoutTransaction {
            try $0.execute(sql: "DELETE FROM output_blocks WHERE start = \(start)")
        }
        try queue.close()
        let error = await #expect(throws: JournalError.self) {
            try await fixture.journal.output(of: record.id, stream: record.stream, from: 0, limit: record.bytes)
        }
        #expect(error?.code == .damaged)
        let before = try await fixture.journal.output(of: record.id, stream: record.stream, from: 0, limit: start)
        #expect(before == Array(noise(200_000).prefix(start)))
    }
}
