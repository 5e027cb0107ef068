import Foundation
import Model
import Testing

@testable import Journal

@Suite struct OutputTests {
    let run = RunID.test(1)

    private func id(_ target: Int, _ step: Int = 0, attempt: Int = 1) -> InvocationID {
        InvocationID(run: run, target: target, step: step, attempt: attempt)
    }

    private func readAll(
        _ journal: Journal, _ id: InvocationID, _ stream: OutputChunk.Stream = .standardOutput, piece: Int = 1 << 20
    ) async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try await journal.output(of: id, stream: stream, from: all.count, limit: piece)
            if part.isEmpty { return all }
            all += part
        }
    }

    @Test func sixtyFourMebibytesComeBackByteForByte() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(run)
        // Half of it compresses, half does not; pieces of odd sizes.
        let block = noise(1 << 20) + [UInt8](repeating: 7, count: 1 << 20)
        let all = (0..<32).flatMap { _ in block }
        var offset = 0
        var size = 1
        while offset < all.count {
            let end = min(all.count, offset + size)
            let chunk = OutputChunk(stream: .standardOutput, offset: offset, bytes: Array(all[offset..<end]))
            #expect(try await journal.output(chunk, of: id(0), node: "gpu01") == .kept)
            offset = end
            size = size * 3 % 65_521 + 1
        }
        try await journal.append([.stepEnded(node: "gpu01", .test(id(0)))], run: run)
        let stored = try await readAll(journal, id(0))
        #expect(stored == all)
        let record = try #require(try await journal.outputs(of: run, nodes: nil, step: nil).first)
        #expect(record.bytes == all.count)
        #expect(record.digest == Digest.of(all))
        #expect(record.name == "reset")
        #expect(record.limitReason == nil)
        #expect(try await journal.check().isSound)
    }

    @Test func outputIsDurableOnceItsStepHasEnded() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(run)
        try await withThrowingTaskGroup { group in
            for target in 0..<50 {
                group.addTask {
                    for piece in 0..<20 {
                        let bytes = Array("\(target) \(piece)\n".utf8)
                        let out = OutputChunk(stream: .standardOutput, offset: piece * bytes.count, bytes: bytes)
                        if piece < 10 { try await journal.output(out, of: id(target), node: "n\(target)") }
                        if piece == 0 {
                            let errors = OutputChunk(stream: .standardError, offset: 0, bytes: bytes)
                            try await journal.output(errors, of: id(target), node: "n\(target)")
                        }
                    }
                    try await journal.append([.stepEnded(node: "n\(target)", .test(id(target)))], run: run)
                    // Another connection sees it at once.
                    let offsets = try await journal.storedOffsets(of: id(target))
                    let line = "\(target) 0\n".utf8.count
                    #expect(offsets == OutputOffsets(standardOutput: 10 * line, standardError: line))
                }
            }
            try await group.waitForAll()
        }
        let text = String(decoding: try await readAll(journal, id(7)), as: UTF8.self)
        #expect(text == (0..<10).map { "7 \($0)\n" }.joined())
        #expect(try await readAll(journal, id(7), .standardError) == Array("7 0\n".utf8))
        #expect(
            try await journal.outputs(of: run, nodes: ["n7"], step: nil).map(\.stream) == [
                .standardOutput, .standardError,
            ])
        #expect(try await journal.outputs(of: run, nodes: nil, step: "other").isEmpty)
    }

    @Test func outputOfALongStepIsReadableWhileItRuns() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        try await fixture.journal.output(
            OutputChunk(stream: .standardOutput, offset: 0, bytes: Array("installing".utf8)), of: id(0), node: "gpu01")
        let reader = try fixture.reopened()
        var found: [UInt8] = []
        while found.isEmpty {
            found = try await reader.output(of: id(0), stream: .standardOutput, from: 0, limit: 100)
            await Task.yield()
        }
        #expect(found == Array("installing".utf8))
    }

    @Test func anOutputIsOfTheTimeOfItsStepsStartAndThenOfItsEnd() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(run)
        _ = try await journal.claim(node: "gpu01", run: run)
        fixture.clock.advance(1000)
        let start = fixture.clock.now
        try await journal.append(
            [.stepIntended(node: "gpu01", .test(id(0))), .stepStarted(node: "gpu01", id(0))], run: run)
        fixture.clock.advance(1000)
        try await journal.output(
            OutputChunk(stream: .standardOutput, offset: 0, bytes: Array("done".utf8)), of: id(0), node: "gpu01")
        var records: [OutputRecord] = []
        while records.isEmpty {
            records = try await journal.outputs(of: run, nodes: nil, step: nil)
            await Task.yield()
        }
        #expect(records.map(\.time) == [start])
        fixture.clock.advance(1000)
        try await journal.append([.stepEnded(node: "gpu01", .test(id(0)))], run: run)
        records = try await journal.outputs(of: run, nodes: nil, step: nil)
        #expect(records.map(\.time) == [start + 2000])
    }

    @Test func aReaderFindsAnyPartOfALargeOutput() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(run)
        let all = noise(300_000)
        try await fixture.journal.output(
            OutputChunk(stream: .standardOutput, offset: 0, bytes: all), of: id(0), node: "gpu01")
        try await fixture.journal.append([.stepEnded(node: "gpu01", .test(id(0)))], run: run)
        for (offset, limit) in [
            (0, 1), (65_535, 2), (65_536, 65_536), (199_999, 100_001), (299_999, 10), (300_000, 10),
        ] {
            let part = try await fixture.journal.output(
                of: id(0), stream: .standardOutput, from: offset, limit: limit)
            #expect(part == Array(all[offset..<min(all.count, offset + limit)]))
        }
    }

    @Test func whatIsSentAgainAfterADropIsStoredOnce() async throws {
        let fixture = try TestJournal()
        let all = noise(200_000)
        try await fixture.journal.begin(run)
        func send(_ journal: Journal, _ range: Range<Int>) async throws {
            let chunk = OutputChunk(stream: .standardOutput, offset: range.lowerBound, bytes: Array(all[range]))
            try await journal.output(chunk, of: id(0), node: "gpu01")
        }
        try await send(fixture.journal, 0..<100_000)
        try await send(fixture.journal, 50_000..<110_000)
        try await send(fixture.journal, 0..<10)
        let gap = await #expect(throws: JournalError.self) { try await send(fixture.journal, 110_001..<120_000) }
        #expect(gap?.code == .outputGap)
        try await fixture.journal.close()
        // A new process goes on where the stored bytes end.
        let resumed = try fixture.reopened()
        let stored = try await resumed.storedOffsets(of: id(0)).standardOutput
        #expect(stored == 110_000)
        try await send(resumed, stored - 5..<200_000)
        try await resumed.append([.stepEnded(node: "gpu01", .test(id(0)))], run: run)
        #expect(try await readAll(resumed, id(0)) == all)
        #expect(try await resumed.outputs(of: run, nodes: nil, step: nil).first?.digest == Digest.of(all))
        #expect(try await resumed.check().isSound)
    }

    @Test(arguments: [(700, 5000, 700), (5000, 900, 900)])
    func whatIsKeptUpToABudgetIsExact(attempt: Int, run runBudget: Int, kept: Int) async throws {
        let fixture = try TestJournal {
            $0.attemptBudget = attempt
            $0.runBudget = runBudget
        }
        let journal = fixture.journal
        try await journal.begin(run)
        let all = noise(1000)
        func send(_ range: Range<Int>, target: Int = 0) async throws -> OutputReceipt {
            let chunk = OutputChunk(stream: .standardOutput, offset: range.lowerBound, bytes: Array(all[range]))
            return try await journal.output(chunk, of: id(target), node: "n")
        }
        #expect(try await send(0..<500) == .kept)
        let receipt = try await send(500..<1000)
        guard case .limitReached(let reason) = receipt else {
            Issue.record("The budget of \(kept) bytes was passed.")
            return
        }
        #expect(reason.contains("\(kept) bytes"))
        #expect(try await send(1000..<1000) == receipt)
        try await journal.append([.stepEnded(node: "n", .test(id(0)))], run: run)
        #expect(try await readAll(journal, id(0)) == Array(all[..<kept]))
        let record = try #require(try await journal.outputs(of: run, nodes: nil, step: nil).first)
        #expect(record.limitReason == reason)
        #expect(record.digest == Digest.of(Array(all[..<kept])))
        // Another step of the run has a budget of its own, but not of the run's.
        #expect(try await send(0..<100, target: 1) == .kept || kept == 900)
        #expect(try await journal.check().isSound)
    }

    @Test func noOutputIsKeptWhenTheDiskIsShortOfSpace() async throws {
        let fixture = try TestJournal {
            $0.freeSpaceFloor = 1000
            $0.freeSpace = { _ in 999 }
        }
        try await fixture.journal.begin(run)
        let receipt = try await fixture.journal.output(
            OutputChunk(stream: .standardOutput, offset: 0, bytes: [1]), of: id(0), node: "gpu01")
        #expect(receipt == .limitReached(reason: "The controller's disk has less than 1000 bytes left."))
        try await fixture.journal.append([.stepEnded(node: "gpu01", .test(id(0)))], run: run)
        let record = try #require(try await fixture.journal.outputs(of: run, nodes: nil, step: nil).first)
        #expect(record.bytes == 0)
        #expect(record.limitReason == "The controller's disk has less than 1000 bytes left.")
    }

    @Test func secretsAreHiddenAcrossPiecesAndProcessesSeeNone() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        let secret = "hunter2-Z\"x/"
        journal.hide([SecretBytes(Array((secret + "\n").utf8))], run: run)
        var header = RunHeader.test(run)
        header.parameters["note"] = "pw is \(secret)"
        header.command = ["login", secret]
        try await journal.append([.runStarted(header)], run: run)
        let encoded = Data(("user:" + secret).utf8).base64EncodedString()
        let text = "a \(secret) b \(encoded) c hunter2%2DZ hunter2-Z%22x%2F d"
        let bytes = Array(text.utf8)
        for (offset, byte) in bytes.enumerated() {
            try await journal.output(
                OutputChunk(stream: .standardError, offset: offset, bytes: [byte]), of: id(0), node: "gpu01")
        }
        try await journal.append(
            [
                .probeAnswered(
                    node: "gpu01",
                    ProbeAnswer(
                        probe: "p", stage: .detect, verdict: .inconclusive, text: "saw \(secret)",
                        facts: ["f": secret], outcome: .lost(reason: secret))),
                .captured(
                    node: "gpu01", step: 0,
                    StateCapture(
                        id: id(0), digest: Digest.of(Array("k=\(secret)".utf8)), bytes: Array("k=\(secret)".utf8))),
                .stepEnded(node: "gpu01", .test(id(0), text: "failed: \(secret)")),
                .nodeFinished(node: "gpu01", NodeOutcome(.failed, text: secret, hint: secret)),
            ], run: run)
        let stored = try await readAll(journal, id(0), .standardError)
        #expect(stored.count == bytes.count)
        let shown = String(decoding: stored, as: UTF8.self)
        #expect(shown.hasPrefix("a ************ b "))
        #expect(shown.hasSuffix(" d"))
        #expect(shown.contains("hunter2%2DZ"))
        #expect(!shown.contains("hunter2-Z%22x%2F"))
        // Withheld, but the node's own copy can still be proved.
        let capture = try #require(try await journal.captures(of: run, node: nil).first)
        #expect(capture.bytes == nil)
        #expect(capture.digest == Digest.of(Array("k=\(secret)".utf8)))

        try await journal.end(run)
        try await journal.close()
        let core = Array(encoded.utf8)[8..<encoded.utf8.count - 4]
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder) {
            let data = try Data(contentsOf: URL(fileURLWithPath: fixture.folder + "/" + name))
            #expect(data.range(of: Data(secret.utf8)) == nil, "in \(name)")
            #expect(data.range(of: Data("hunter2-Z\\\"x/".utf8)) == nil, "in \(name)")
            #expect(data.range(of: Data(core)) == nil, "in \(name)")
        }
    }
}
