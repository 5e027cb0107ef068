import Foundation
import Model
import TestSupport
import Testing

@testable import Controller
@testable import runbook

/// Outputs that are larger than what is shown of one: all is told or counted, in memory that does not grow with them.
@Suite(.serialized, .nodesOfThisMachine) struct LargeOutputTests {
    private static let first = String(decoding: StoredOutputs.mebibyte(0), as: UTF8.self)

    /// More than the program takes for a small output, in bytes; far less than one of the large ones has.
    private static let allowance = 24 << 20

    private static func missing(_ bytes: Int, of node: String, in run: RunID) -> String {
        "not all shown: \(bytes) more bytes; all of it: "
            + "runbook logs \(run.short) --nodes '\(node)' --step 'print' --raw >FILE"
    }

    /// Runs the program, and says what it printed and how much more it takes than for a small output.
    private typealias Reader = (_ words: [String]) throws -> (text: Data, grown: Int)

    /// A run of 64 MiB on each of three nodes, which takes its time to make.
    @Test(.timeLimit(.minutes(10))) func aLargeRunIsToldOrCountedHoweverItIsRead() async throws {
        let site = try StoredOutputs()
        let small = try await site.run(["n1": "small\n"], mebibytes: 0)
        let large = try await site.run(["n1": "", "n2": "", "n3": "other\n"], mebibytes: 64)
        func run(_ words: [String]) throws -> (text: Data, peak: Int) {
            let program = try site.start(words: words)
            let ending = try program.ending()
            #expect(ending.status == 0 && ending.error.isEmpty, "\(words): \(ending.error.prefix(1000))")
            return (try Data(contentsOf: URL(fileURLWithPath: program.output)), ending.peak)
        }
        let calm = try run(["logs", small.short])
        #expect(String(decoding: calm.text, as: UTF8.self) == "--- n1 (1 node): print\nsmall\n")
        func program(_ words: [String]) throws -> (text: Data, grown: Int) {
            let (text, peak) = try run(words)
            return (text, peak - calm.peak)
        }
        try logsAndReportShowItsBeginningOnceAndSayHowToSeeTheRest(site, large, program)
        try rawIsEveryByte(large, program)
        try jsonSaysHowManyBytesAreNotInIt(large, program)
        try await site.journal.close()
    }

    private func logsAndReportShowItsBeginningOnceAndSayHowToSeeTheRest(
        _ site: StoredOutputs, _ run: RunID, _ program: Reader
    ) throws {
        let shown =
            "--- n[1-2] (2 nodes): print\n\(Self.first)\(Self.missing(63 << 20, of: "n1", in: run))\n"
            + "--- n3 (1 node): print\n\(Self.first)\(Self.missing(63 << 20 + 6, of: "n3", in: run))\n"
        let logs = try program(["logs", run.short])
        let isShown = logs.text == Data(shown.utf8)
        #expect(isShown, "\(logs.text.count) bytes, not \(shown.utf8.count)")
        #expect(logs.grown < Self.allowance)
        let report = try program(["report", run.short])
        let endsWithIt = report.text.suffix(shown.utf8.count) == Data(shown.utf8)
        #expect(endsWithIt && report.text.count > shown.utf8.count, "\(report.text.count) bytes")
        #expect(report.grown < Self.allowance)
        let file = try program(["report", run.short, "-o", site.folder.path("report.txt"), "--quiet"])
        #expect(file.grown < Self.allowance)
        let isSame = try Data(contentsOf: URL(fileURLWithPath: site.folder.path("report.txt"))) == report.text
        #expect(isSame)
        let names = try FileManager.default.contentsOfDirectory(atPath: site.folder.root)
        #expect(!names.contains { $0.hasSuffix(".part") }, "\(names)")
    }

    private func rawIsEveryByte(_ run: RunID, _ program: Reader) throws {
        let raw = try program(["logs", run.short, "--nodes", "n3", "--step", "print", "--raw"])
        #expect(raw.grown < Self.allowance)
        #expect(raw.text.count == 64 << 20 + 6)
        for number in 0..<64 {
            let isThere =
                raw.text.dropFirst(number << 20).prefix(1 << 20) == Data(StoredOutputs.mebibyte(number))
            #expect(isThere, "\(number)")
        }
        #expect(raw.text.suffix(6) == Data("other\n".utf8))
        let errors = try program(["logs", run.short, "--nodes", "n3", "--raw", "--stderr"])
        #expect(errors.text.isEmpty)
    }

    private func jsonSaysHowManyBytesAreNotInIt(_ run: RunID, _ program: Reader) throws {
        func check(_ objects: [[String: Any]], _ words: Comment) {
            #expect(objects.compactMap { $0["node"] as? String } == ["n1", "n2", "n3"], words)
            #expect(objects.compactMap { $0["bytes"] as? Int } == [64 << 20, 64 << 20, 64 << 20 + 6], words)
            #expect(objects.compactMap { $0["omitted_bytes"] as? Int } == [63 << 20, 63 << 20, 63 << 20 + 6], words)
            let areBeginnings = objects.allSatisfy { $0["text"] as? String == Self.first }
            #expect(areBeginnings, words)
        }
        let array = try program(["logs", run.short, "--output", "json"])
        #expect(array.grown < Self.allowance)
        check(try #require(try JSONSerialization.jsonObject(with: array.text) as? [[String: Any]]), "an array")
        let lines = try program(["logs", run.short, "--output", "jsonl"])
        #expect(lines.grown < Self.allowance)
        let objects = try lines.text.split(separator: UInt8(ascii: "\n")).map {
            try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
        check(objects, "lines")
        let report = try program(["report", run.short, "--output", "json"])
        #expect(report.grown < Self.allowance)
        let document = try #require(try JSONSerialization.jsonObject(with: report.text) as? [String: Any])
        #expect(Set(document.keys) == ["outputs", "plan", "plan_digest", "run"])
        check(try #require(document["outputs"] as? [[String: Any]]), "a document")
    }

    @Test func whatABudgetCutIsSaidWhereverItIsShown() async throws {
        let site = try StoredOutputs(budget: 3 << 20)
        let run = try await site.run(["n1": "", "n2": "", "n3": "other\n"], mebibytes: 3)
        let reason = "not all shown: n3: The step wrote more than the \(3 << 20) bytes that are kept of one attempt."
        let reader = try await LogReader(run.description, nodes: nil, step: nil, journal: site.journal)
        var lines: [String] = []
        try await reader.showByNode(["n1", "n2", "n3"], style: .plain, differences: false) { lines.append($0) }
        let rule = String(repeating: "-", count: 15)
        let isShown =
            lines == [
                rule, "n[1-3] (3)", rule, String(Self.first.dropLast()),
                Self.missing(2 << 20, of: "n1", in: run), reason,
            ]
        #expect(isShown, "\(lines.map { $0.prefix(200) })")
        let raw = try site.start("logs", run.short, "--nodes", "n3", "--raw").ending()
        #expect(raw.error == reason + "\n")
        let json = try site.start("logs", run.short, "--nodes", "n3", "--output", "jsonl")
        #expect(try json.ending().status == 0)
        let text = try String(contentsOfFile: json.output, encoding: .utf8)
        let hasLimit = text.contains(#""limit":"The step wrote more than the"#)
        #expect(hasLimit)
        try await site.journal.close()
    }

    @Test(.timeLimit(.minutes(10))) func aLineWithoutAnEndIsFollowedInPartsAndReadOnce() async throws {
        let site = try StoredOutputs()
        let small = try await site.run(["n1": "small\n"], mebibytes: 0)
        let calm = try site.start("logs", small.short, "--follow").ending()
        let run = try await site.begin(["n1"])
        let id = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        try await site.intend(id, node: "n1")
        let (size, piece) = (32 << 20, [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
        for start in stride(from: 0, to: size, by: piece.count) {
            let chunk = OutputChunk(stream: .standardOutput, offset: start, bytes: piece)
            try await site.journal.output(chunk, of: id, node: "n1")
        }
        let program = try site.start("logs", run.short, "--follow")
        func shown() throws -> Int {
            try FileManager.default.attributesOfItem(atPath: program.output)[.size] as? Int ?? 0
        }
        // Up to a part may wait for the end of its line.
        while try program.isRunning && shown() < size - piece.count { try await Task.sleep(for: .milliseconds(100)) }
        let end = OutputChunk(stream: .standardOutput, offset: size, bytes: Array("end".utf8))
        try await site.journal.output(end, of: id, node: "n1")
        try await site.end(id, node: "n1")
        try await site.end(run, nodes: 1)
        let ending = try program.ending()
        #expect(ending.status == 0, "\(ending.error)")
        #expect(ending.peak < calm.peak + Self.allowance, "\(ending.peak) \(calm.peak)")
        let head = Array("n1: print | ".utf8)
        let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: program.output)))
        var told: [UInt8] = []
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: head) {
            told += line.dropFirst(head.count)
        }
        let isWhole = told == [UInt8](repeating: UInt8(ascii: "x"), count: size) + Array("end".utf8)
        #expect(isWhole, "\(told.count) bytes")
        try await site.journal.close()
    }
}
