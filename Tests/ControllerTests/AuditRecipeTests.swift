import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// The recipe of docs/audit.md, as it stands there, with nothing but ssh-keygen, sha256sum and jq.
@Suite struct AuditRecipeTests {
    private func recipe() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let page = try String(contentsOfFile: root + "/docs/audit.md", encoding: .utf8)
        let start = try #require(page.range(of: "```sh\n#!/bin/sh\n"))
        let rest = page[start.lowerBound...].dropFirst(6)
        let end = try #require(rest.range(of: "\n```"))
        return String(rest[..<end.lowerBound]) + "\n"
    }

    /// Runs the recipe where no other program can be found.
    private func check(_ folder: String, _ signers: String, _ trail: AuditTrail) throws -> (status: Int32, text: String)
    {
        let tools = trail.folder.path("tools")
        if !FileManager.default.fileExists(atPath: tools) {
            try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
            for tool in ["ssh-keygen", "sha256sum", "jq"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(tools)/\(tool)", withDestinationPath: "/usr/bin/\(tool)")
            }
            try trail.folder.write("check.sh", try recipe())
        }
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [trail.folder.path("check.sh"), folder, signers]
        process.environment = ["PATH": tools]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func comesToTheSameAnswerAsTheProgram() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let signers = try await trail.signers()
        for (name, selection) in [
            ("all", AuditSelection()), ("run", AuditSelection(run: trail.run.description)),
            ("node", AuditSelection(nodes: NodeSet(names: ["gpu03"]))),
        ] {
            let folder = try await trail.export(name, selection)
            let good = try check(folder, signers, trail)
            #expect(good.status == 0, "\(name): \(good.text)")
            for file in ["records.jsonl", "records.csv", "records.sha256", "manifest.json", "report.html"] {
                let path = "\(folder)/\(file)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                for index in stride(from: 0, to: lines.count, by: max(1, lines.count / 4)) {
                    var changed = lines
                    changed[index] += "x"
                    try Data(changed.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
                    let fault = try await ExportVerifier(path: folder, signers: signers).verify().fault
                    let answer = try check(folder, signers, trail)
                    #expect((answer.status == 0) == (fault == nil), "\(name) \(file) line \(index): \(answer.text)")
                    if file == "records.jsonl", let sequence = fault?.sequence, index < lines.count - 1 {
                        #expect(answer.text.contains("record \(sequence) "), "\(answer.text)")
                    }
                }
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
            let events = "\(folder)/events/\(trail.run).txt"
            if let text = try? String(contentsOfFile: events, encoding: .utf8) {
                try Data(text.replacing("reset", with: "erase").utf8).write(to: URL(fileURLWithPath: events))
                #expect(try check(folder, signers, trail).status != 0)
            }
        }
        let stranger = try AuditTrail()
        try await stranger.fill()
        let forgery = try await stranger.export("all")
        #expect(try check(forgery, signers, trail).status != 0)
    }
}
