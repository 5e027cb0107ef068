import Foundation
import Glibc
import Model
import Testing

@testable import Journal

@Suite(.serialized) struct OccurrenceTests {
    private func occurrence(
        _ time: Int, _ state: OccurrenceRecord.State = .started, run: RunID? = nil
    ) -> OccurrenceRecord {
        OccurrenceRecord(job: "nightly", occurrence: time, state: state, run: run)
    }

    @Test func anOccurrenceIsDecidedOnceAndNothingBeforeIt() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let start = try await journal.register(job: "nightly", definition: "a").decidedUpTo
        #expect(start == fixture.clock.now)
        #expect(try await journal.decide(occurrence(start + 10, run: .test(1)), by: .tester))
        #expect(try await !journal.decide(occurrence(start + 10, run: .test(2)), by: .tester))
        #expect(try await !journal.decide(occurrence(start + 5, run: .test(2)), by: .tester))
        #expect(try await !journal.decide(OccurrenceRecord(job: "other", occurrence: 1, state: .skipped), by: .tester))
        let found = try await journal.occurrences(of: "nightly", state: nil, limit: 10)
        #expect(found.map(\.run) == [.test(1)])
        #expect(try await journal.takenRuns().map(\.run) == [.test(1)])
        #expect(try await journal.auditRecords(AuditFilter(action: .scheduleStarted)).count == 1)
    }

    @Test func aJobThatIsWrittenOtherwiseHasNoPast() async throws {
        let fixture = try TestJournal()
        let first = try await fixture.journal.register(job: "nightly", definition: "a")
        fixture.clock.advance(60_000)
        #expect(try await fixture.journal.register(job: "nightly", definition: "a") == first)
        #expect(
            try await fixture.journal.register(job: "nightly", definition: "b").decidedUpTo
                == first.decidedUpTo + 60_000)
    }

    @Test func whatWaitsInTheQueueStartsOnce() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let start = try await journal.register(job: "nightly", definition: "a").decidedUpTo
        let waiting = occurrence(start + 1, .queued)
        #expect(try await journal.decide(waiting, by: .tester))
        #expect(try await journal.takenRuns().isEmpty)
        #expect(try await journal.dequeue(waiting, run: .test(1), by: .tester))
        #expect(try await !journal.dequeue(waiting, run: .test(2), by: .tester))
        #expect(try await journal.takenRuns().map(\.run) == [.test(1)])
    }

    @Test func aRunThatHasEndedIsNotTakenAnyMore() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let start = try await journal.register(job: "nightly", definition: "a").decidedUpTo
        _ = try await journal.decide(occurrence(start + 1, run: .test(1)), by: .tester)
        #expect(try await journal.takenRuns().map(\.hasBegun) == [false])
        try await journal.begin(.test(1))
        #expect(try await journal.takenRuns().map(\.hasBegun) == [true])
        try await journal.end(.test(1))
        #expect(try await journal.takenRuns().isEmpty)
    }

    @Test func pausingIsRecordedAndDoneOnce() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        #expect(try await !journal.setPaused(true, job: "nightly", by: .tester))
        _ = try await journal.register(job: "nightly", definition: "a")
        #expect(try await journal.setPaused(true, job: "nightly", by: .tester))
        #expect(try await !journal.setPaused(true, job: "nightly", by: .tester))
        #expect(try await journal.jobRecords().map(\.pausedBy) == ["tester"])
        #expect(try await journal.setPaused(false, job: "nightly", by: .tester))
        #expect(try await journal.jobRecords().map(\.paused) == [nil])
        #expect(try await journal.auditRecords(AuditFilter(action: .schedulePaused)).count == 1)
        try await journal.suspendSchedules("the clock went forward", by: .tester)
        #expect(try await journal.clockState().suspension == "the clock went forward")
    }

    @Test func wavesOfEarlierRunsAreMeasuredUnlessTheyWereInterrupted() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        try await journal.append([.waveStarted(index: 0, nodes: NodeSet(names: ["gpu01", "gpu02"]))], run: .test(1))
        fixture.clock.advance(90_000)
        try await journal.append([.waveEnded(index: 0)], run: .test(1))
        try await journal.append([.waveStarted(index: 1, nodes: NodeSet(names: ["gpu03"]))], run: .test(1))
        try await journal.append([.resumed(by: .tester)], run: .test(1))
        fixture.clock.advance(7_000_000)
        try await journal.append([.waveEnded(index: 1)], run: .test(1))
        #expect(
            try await journal.waves(of: "gpu-reset", limit: 10) == [WaveRecord(nodes: 2, milliseconds: 90_000)])
        #expect(try await journal.waves(of: "other", limit: 10).isEmpty)
    }

    /// Two services that claim the same times are killed at many instants: every time has one run, the one that was told.
    @Test func everyOccurrenceHasOneRunWhateverIsKilled() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/runbook.db"
        var claimed: [Int: String] = [:]
        for round in 1...16 {
            let words = ["claim", path, RunID.test(1).description]
            let pair = try [Writer(words), Writer(words)]
            var lines = await pair[0].lines(1 + round * 2)
            for writer in pair {
                writer.kill()
                #expect(await writer.wait() == -SIGKILL)
                lines += await writer.rest()
            }
            for line in lines {
                let words = line.split(separator: " ")
                guard words.count == 3, words[0] == "claimed", let time = Int(words[1]) else { continue }
                #expect(claimed.updateValue(String(words[2]), forKey: time) == nil)
            }
        }
        let journal = try TestJournal.open(path)
        let found = try await journal.occurrences(of: "nightly", state: .started, limit: 1_000_000)
        #expect(claimed.count > 100)
        #expect(Set(found.map(\.occurrence)).count == found.count)
        for (time, run) in claimed {
            #expect(found.first { $0.occurrence == time }?.run?.description == run)
        }
        let audited = try await journal.auditRecords(AuditFilter(action: .scheduleStarted, limit: 1_000_000))
        #expect(audited.count == found.count)
        #expect(try await journal.takenRuns().count == found.count)
        #expect(try await journal.check().isSound)
        try await journal.close()
    }
}
