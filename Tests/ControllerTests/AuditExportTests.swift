import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// Exports prove themselves without the database, by the program and by hand.
@Suite struct AuditExportTests {
    enum Tampering: String, CaseIterable, Sendable { case altered, dropped, exchanged, duplicated, cutOff }

    /// `lines` with one thing done at the line of that index; nil where it can't be done there.
    private func tampered(_ lines: [String], _ tampering: Tampering, at index: Int) -> [String]? {
        var lines = lines
        switch tampering {
        case .altered:
            guard let place = lines[index].firstIndex(where: { "0123456789".contains($0) }) else { return nil }
            lines[index].replaceSubrange(place...place, with: lines[index][place] == "7" ? "8" : "7")
        case .dropped: lines.remove(at: index)
        case .exchanged:
            guard index + 1 < lines.count else { return nil }
            lines.swapAt(index, index + 1)
        case .duplicated: lines.insert(lines[index], at: index)
        case .cutOff: lines.removeSubrange(index...)
        }
        return lines
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Verifies a copy of the export at `folder` in which `name` has other `lines`.
    private func fault(
        _ folder: String, _ name: String, _ lines: [String], _ signers: String
    ) async throws -> ExportVerifier.Fault? {
        let path = "\(folder)/\(name)"
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        defer { try? before.write(to: URL(fileURLWithPath: path)) }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return try await ExportVerifier(path: folder, signers: signers).verify().fault
    }

    @Test func aWholeAndAChosenExportAreIntactAndTheSameEachTime() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let signers = try await trail.signers()
        let first = try await trail.export("first", AuditSelection(run: trail.run.description))
        let second = try await trail.export("second", AuditSelection(run: trail.run.description))
        for folder in [first, second] {
            let finding = try await ExportVerifier(path: folder, signers: signers).verify()
            #expect(finding.fault == nil, "\(finding.fault?.message ?? "")")
            #expect(finding.isKeyKnown)
        }
        for name in [
            "manifest.json", "manifest.json.sig", "records.jsonl", "records.csv", "records.sha256", "report.html",
            "events/\(trail.run).txt",
        ] {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: "\(first)/\(name)"))
                    == Data(contentsOf: URL(fileURLWithPath: "\(second)/\(name)")), "\(name)")
        }
        let node = try await trail.export("node", AuditSelection(nodes: NodeSet(names: ["gpu02"])))
        let finding = try await ExportVerifier(path: node, signers: signers).verify()
        #expect(finding.fault == nil)
        #expect(!finding.complete)
        for line in try lines(node + "/records.jsonl") {
            #expect(line.contains("gpu02") || line.contains("gpu[01-03]"))
        }
        let journal = try await trail.journal()
        let exported = try await journal.auditRecords(AuditFilter(action: .auditExported))
        #expect(exported.count == 3)
        #expect(exported[2].entry.detail["nodes"] == "gpu02")
        try await journal.close()
    }

    @Test(arguments: Tampering.allCases) func recordsThatWereTamperedWithAreLocatedAtEveryPosition(
        _ tampering: Tampering
    ) async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let signers = try await trail.signers()
        let folder = try await trail.export("export")
        let records = try lines(folder + "/records.jsonl")
        #expect(records.count > 15)
        for index in records.indices {
            guard let changed = tampered(records, tampering, at: index) else { continue }
            let fault = try await fault(folder, "records.jsonl", changed, signers)
            let expected = tampering == .duplicated ? min(index + 2, records.count) : index + 1
            #expect(fault?.file == "records.jsonl", "\(tampering) at \(index)")
            #expect(fault?.sequence == expected, "\(tampering) at \(index): \(fault?.message ?? "not found")")
        }
        #expect(try await ExportVerifier(path: folder, signers: signers).verify().fault == nil)
    }

    @Test(arguments: Tampering.allCases) func tablesHashesAndEventsThatWereTamperedWithAreFoundAtEveryPosition(
        _ tampering: Tampering
    ) async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let signers = try await trail.signers()
        let folder = try await trail.export("export")
        for name in ["records.csv", "records.sha256", "events/\(trail.run).txt"] {
            // The lines of the table end in CR LF, which is one character.
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            let lines = text.split(whereSeparator: \.isNewline).map { name.hasSuffix("csv") ? "\($0)\r" : String($0) }
            for index in lines.indices {
                guard let changed = tampered(lines, tampering, at: index) else { continue }
                let fault = try await fault(folder, name, changed, signers)
                #expect(fault?.file == name, "\(name), \(tampering) at \(index)")
                if index > 0 || !name.hasSuffix("csv") {
                    #expect(fault?.sequence != nil, "\(name), \(tampering) at \(index): \(fault?.message ?? "")")
                }
            }
        }
    }

    @Test func aManifestAReportOrAFileMoreIsFound() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let signers = try await trail.signers()
        let folder = try await trail.export("export")
        let manifest = try String(contentsOfFile: folder + "/manifest.json", encoding: .utf8)
        let forged = manifest.replacing("\"complete\":true", with: "\"complete\":false")
        #expect(forged != manifest)
        #expect(try await fault(folder, "manifest.json", [String(forged.dropLast())], signers)?.file == "manifest.json")
        #expect(
            try await fault(folder, "report.html", try lines(folder + "/report.html") + ["x"], signers)?.file
                == "report.html")
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/note.txt"))
        #expect(try await ExportVerifier(path: folder, signers: signers).verify().fault?.file == "note.txt")
        try FileManager.default.removeItem(atPath: folder + "/note.txt")
        // Made anew as a whole and signed with another key.
        let other = try AuditTrail()
        try await other.fill()
        let forgery = try await other.export("export")
        #expect(try await ExportVerifier(path: forgery, signers: nil).verify().fault == nil)
        #expect(try await ExportVerifier(path: forgery, signers: signers).verify().fault?.file == "manifest.json")
    }

    @Test func aBrokenChainIsNotSigned() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        try Keygen.run(
            [
                trail.folder.path("state/runbook.db"),
                "DROP TRIGGER audit_is_never_altered; UPDATE audit SET record = replace(record, 'gpu01', 'gpu09') WHERE sequence = 4",
            ], tool: "/usr/bin/sqlite3")
        await #expect(throws: RequestError.self) { try await trail.export("export") }
    }

    @Test func whatCameFromNodesIsInertInPageAndTable() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let folder = try await trail.export("export", AuditSelection(run: trail.run.description))
        let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        #expect(page.contains("default-src 'none'; style-src 'sha256-"))
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.components(separatedBy: "<style>").count == 2)
        #expect(!page.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\r" })
        for part in ["gpu[01-02]", "gpu03", "bob", "SHA256:abc", "2 remediated, 1 failed"] {
            #expect(page.contains(part), "\(part)")
        }
        for part in [
            "What a person has to do", "Look at the slot", "critical", "<pre>-old\n+&lt;new&gt;</pre>", "kernel log",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        let table = try String(contentsOfFile: folder + "/records.csv", encoding: .utf8)
        let rows = table.split(separator: "\r\n")
        #expect(rows.count == (try lines(folder + "/records.jsonl").count) + 1)
        #expect(table.contains("\"'=HYPERLINK(\"\"http://x\"\")\",'@alice,ctl01"))
        #expect(table.contains(",'+1,"))
        for text in ["=1", "+1", "-1", "@x", "\tx", "\rx"] { #expect(AuditCSV.cell(text).hasPrefix("'")) }
        #expect(AuditCSV.cell("a,\"b\"\r\nc") == "\"a,\"\"b\"\"\\r\\nc\"")
    }
}
