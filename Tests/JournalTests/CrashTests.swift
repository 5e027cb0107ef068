import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Journal

@Suite(.serialized) struct CrashTests {
    /// What a writer said, and what must therefore be in the journal.
    private struct Said {
        var intended: Set<String> = []
        var kept: Set<String> = []

        init(_ lines: [String]) {
            for line in lines {
                let words = line.split(separator: " ")
                guard words.count == 3 else { continue }
                let step = "\(words[1]) \(words[2])"
                if words[0] == "intended" { intended.insert(step) }
                if words[0] == "kept" { kept.insert(step) }
            }
        }
    }

    /// Holds the journal against what a writer said before it ended.
    private func verify(_ journal: Journal, run: RunID, said: Said, started: Bool) async throws {
        let check = try await journal.check()
        #expect(check.isSound, "\(check)")
        let isThere = (try? await journal.header(of: run)) != nil
        #expect(isThere || !started)
        guard isThere else { return }
        let events = try await journal.events(of: run, after: 0, limit: .max)
        #expect(events.map(\.sequence) == Array(1...events.count))
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        let attempts = try await journal.attempts(of: run, nodes: nil, step: nil)
        let names = { (attempt: AttemptRecord) in "\(attempt.id.target) \(attempt.id.step)" }
        let intended = Set(attempts.map(names))
        let ended = Set(attempts.filter { $0.status == .changed }.map(names))
        #expect(intended.isSuperset(of: said.intended))
        #expect(ended.isSuperset(of: said.kept))
        for attempt in attempts where attempt.status == .changed {
            let output = try await journal.output(
                of: attempt.id, stream: .standardOutput, from: 0, limit: 1000)
            #expect(String(decoding: output, as: UTF8.self) == "output of \(names(attempt))\n")
        }
    }

    @Test func whatWasCommittedSurvivesAKillAtAnyInstant() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/runbook.db"
        // One file for all rounds, so that every recovery is built on by the next one.
        for round in 1...24 {
            let run = RunID(random: UInt64(round), 7)
            let writer = try Writer(["append", path, run.description, "\(1 + round % 5)"])
            // The first rounds end while the file is being opened and the run started.
            if round == 2 { usleep(8_000) }
            let lines = await writer.lines(round <= 2 ? 0 : (round - 2) * (round - 2) / 3)
            if round % 3 == 0 { usleep(UInt32(round * 137 % 2_500)) }
            writer.kill()
            #expect(await writer.wait() == -SIGKILL)
            let all = lines + (await writer.rest())
            let journal = try TestJournal.open(path)
            try await verify(journal, run: run, said: Said(all), started: all.contains("started"))
            if all.contains("started") {
                #expect(try await journal.run(named: run.description).phase == .interrupted)
            }
            try await journal.close()
        }
    }

    @Test func twoProcessesWriteWhileAThirdReads() async throws {
        let fixture = try TestJournal()
        let runs = [RunID.test(1), RunID.test(2)]
        let writers = try runs.map { try Writer(["append", fixture.path, $0.description, "4", "40"]) }
        let isOver = Mutex(false)
        async let reading = {
            var rounds = 0
            while !isOver.withLock({ $0 }) {
                for summary in try await fixture.journal.runs(RunFilter()) {
                    let events = try await fixture.journal.events(of: summary.id, after: 0, limit: .max)
                    // A reader sees whole transactions only.
                    #expect(events.map(\.sequence) == Array(0..<events.count).map { $0 + 1 })
                    #expect(try await fixture.journal.run(named: summary.id.description).lastSequence >= events.count)
                }
                rounds += 1
            }
            return rounds
        }()
        for (writer, run) in zip(writers, runs) {
            let lines = await writer.rest()
            #expect(await writer.wait() == 0)
            #expect(lines.filter { $0.hasPrefix("kept") }.count == 160)
            try await verify(fixture.journal, run: run, said: Said(lines), started: true)
        }
        isOver.withLock { $0 = true }
        #expect(try await reading > 0)
        #expect(try await fixture.journal.run(named: runs[1].description).lastSequence == 1 + 2 * 160)
    }

    @Test func manyProcessesMakeOneNewFileTogether() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/deep/er/runbook.db"
        let writers = try (1...5).map { try Writer(["append", path, RunID.test($0).description, "1", "3"]) }
        for writer in writers {
            #expect(await writer.rest().last == "kept 0 2")
            #expect(await writer.wait() == 0)
        }
        let journal = try TestJournal.open(path)
        #expect(try await journal.runs(RunFilter()).count == 5)
        #expect(try await journal.auditRecords(AuditFilter(action: .journalCreated)).count == 1)
        #expect(try await journal.check().isSound)
    }

    @Test func aFullDiskStopsWhatIsNewAndKeepsEndings() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["small", "copy"] {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
        }
        // A file system of 12 MiB that only the writer sees; what is on it is copied out at the end.
        let script = """
            mount -t tmpfs -o size=12m,mode=700 none "$0/small" || exit 99
            "$@"; status=$?
            cp -a "$0/small/." "$0/copy/" && exit $status
            """
        let unshare = geteuid() == 0 ? ["unshare", "-m"] : ["unshare", "-rm"]
        let run = RunID.test(1)
        let writer = try Writer(
            ["fill", folder + "/small/runbook.db", run.description], prefix: unshare + ["sh", "-c", script, folder])
        let lines = await writer.rest()
        #expect(await writer.wait() == 0)
        #expect(
            lines == [
                "started", "refused diskFull", "output limitReached(reason: \"The controller\\'s disk is full.\")",
                "ending kept", "undo kept", "new intent refused diskFull", "finished",
            ])
        chmod(folder + "/copy", 0o700)
        #expect(!FileManager.default.fileExists(atPath: folder + "/copy/runbook.db.reserve"))
        let journal = try TestJournal.open(folder + "/copy/runbook.db")
        let check = try await journal.check()
        #expect(check.isSound, "\(check)")
        #expect(try await journal.run(named: "last").counts == [.rolledBack: 1])
        let events = try await journal.events(of: run, after: 0, limit: .max)
        #expect(events.map(\.sequence) == Array(1...events.count))
        #expect(events.count > 100)
        #expect(events.last?.event == .runFinished(RunEnding(counts: [.rolledBack: 1], exitStatus: 70)))
        let ended = try await journal.attempts(of: run, nodes: nil, step: "first")
        #expect(ended.map(\.status) == [.failed, nil])
    }

    @Test func afterAFailedSyncNothingMoreIsPromised() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let library = try FaultLibrary(in: folder)
        var failures = 0
        for call in 1...40 {
            let path = "\(folder)/\(call)/runbook.db"
            let run = RunID(random: UInt64(call), 3)
            let writer = try Writer(
                ["append", path, run.description, "1", "4"],
                environment: library.environment(.failing, at: call))
            let lines = await writer.rest()
            let status = await writer.wait()
            if status == 0 { continue }
            failures += 1
            #expect(status == 70)
            #expect(lines.last == "error failed", "at sync \(call)")
            let journal = try TestJournal.open(path)
            try await verify(journal, run: run, said: Said(lines), started: lines.contains("started"))
        }
        // Making the file, starting the run and each of eight appends sync at least once.
        #expect(failures >= 10)
    }

    @Test func aCommitIsNeverTriedAgainAfterAFailedSync() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let library = try FaultLibrary(in: folder)
        var refusals = 0
        for call in 1...30 {
            let writer = try Writer(
                ["insist", "\(folder)/\(call)/runbook.db", RunID.test(1).description],
                environment: library.environment(.fail, at: call))
            let lines = await writer.rest().filter { !$0.hasPrefix("started") && !$0.hasPrefix("error") }
            await writer.wait()
            guard let first = lines.firstIndex(where: { $0.hasPrefix("refused") }) else { continue }
            refusals += 1
            // Every later sync would have worked.
            #expect(lines[first...].allSatisfy { $0.hasPrefix("refused") && $0.hasSuffix("failed") }, "\(lines)")
        }
        #expect(refusals >= 5)
    }
}
