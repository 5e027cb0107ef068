import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// Inventory sources that fail, lie or are slow.
@Suite struct SourceTests {
    private func site() throws -> (folder: TemporaryFolder, workspace: Workspace) {
        let folder = try TemporaryFolder(prefix: "sources")
        for part in ["inventory", "plugins", "plugins/inventory", "state"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try folder.write(
            "inventory/site.yaml", "schema_version: 1\nsources: [{plugin: cloud, with: {region: r1}, ttl: 5m}]\n")
        let settings = Settings(
            layers: [
                PartialSettings(
                    inventory: [folder.path("inventory")], plugins: folder.path("plugins"),
                    database: folder.path("state/runbook.db"))
            ], environment: [:], userID: 1)
        return (folder, Workspace(settings))
    }

    private func source(_ folder: TemporaryFolder, _ script: String) throws {
        // Written by another process: a file that this one has open while a thread starts a process can't be run.
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            "rm -f \"$0\"; printf '#!/bin/sh\\necho x >>\"%s\"\\n%s\\n' \"$1\" \"$2\" >\"$0\" && chmod 755 \"$0\"",
            folder.path("plugins/inventory/cloud"), folder.path("calls"), script,
        ]
        try process.run()
        process.waitUntilExit()
    }

    private func list(_ names: [String]) -> String {
        "echo '{\"gpu\": {\"hosts\": [\(names.map { "\"\($0)\"" }.joined(separator: ", "))]}}'"
    }

    /// As if the last answer had been given ten minutes ago.
    private func age(_ folder: TemporaryFolder) throws {
        let sources = folder.path("state/sources")
        for name in try FileManager.default.contentsOfDirectory(atPath: sources) {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -600)], ofItemAtPath: "\(sources)/\(name)")
        }
    }

    @Test func anAnswerIsGoodForItsTimeToLive() async throws {
        let (folder, workspace) = try site()
        try source(folder, list(["gpu01", "gpu02"]))
        for _ in 0..<3 { #expect(try await workspace.inventory().nodes.count == 2) }
        #expect(try folder.read("calls") == "x\n")
        try age(folder)
        _ = try await workspace.inventory()
        #expect(try folder.read("calls") == "x\nx\n")
    }

    @Test(arguments: [
        "exit 1", "echo nonsense", "echo '{}'", "echo '{\"gpu\": {\"hosts\": [\"-oProxyCommand=x\"]}}'",
        "echo '{\"_meta\": {\"hostvars\": {\"gpu01\": {\"ansible_connection\": \"local\"}}}, \"gpu\": {\"hosts\": [\"gpu01\"]}}'",
        "echo '{\"gpu\": {\"hosts\": [\"gpu01\"]}}'",
    ])
    func theLastGoodListHoldsAndItIsSaid(script: String) async throws {
        let (folder, workspace) = try site()
        try source(folder, list(["gpu01", "gpu02", "gpu03", "gpu04"]))
        #expect(try await workspace.inventory().nodes.count == 4)
        try age(folder)
        try source(folder, script)
        let (inventory, notices) = try await workspace.currentInventory()
        #expect(inventory.nodes.keys.sorted() == ["gpu01", "gpu02", "gpu03", "gpu04"])
        #expect(notices.count == 1)
        #expect(notices[0].contains("'cloud' can't be used"))
        #expect(notices[0].contains("10 min ago"))
        // Commands without a run say it, too.
        let addressed = try await AddressedNodes("@gpu", of: workspace, expected: nil)
        #expect(addressed.warnings.contains { $0.contains("'cloud' can't be used") }, "\(addressed.warnings)")
    }

    /// Also while its last answer is fresh enough for everything else.
    @Test func doctorSaysWhichSourceAnswersFromItsLastGoodList() async throws {
        let (folder, workspace) = try site()
        try source(folder, list(["gpu01", "gpu02"]))
        func findings() async -> [Doctor.Finding] {
            await Doctor(workspace).findings().filter { $0.subject == "inventory source" }
        }
        #expect(await findings().isEmpty)
        try source(folder, "echo down >&2; exit 1")
        #expect(try await workspace.currentInventory().notices.isEmpty)
        let fresh = await findings()
        #expect(fresh.count == 1)
        #expect(fresh.first?.isGood == false)
        #expect(fresh.first?.text.contains("'cloud' can't be used") == true, "\(fresh)")
        try age(folder)
        let old = await findings()
        #expect(old.count == 1)
        #expect(old.first?.text.hasSuffix("Its list of 10 min ago holds: 2 nodes") == true, "\(old)")
        #expect(old.first?.mend?.contains("/state/sources/cloud-") == true, "\(old)")
        try source(folder, list(["gpu01", "gpu02"]))
        #expect(await findings().isEmpty)
    }

    @Test(arguments: [
        (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"),
        (172_800, "2 days"),
    ])
    func ageIsTold(seconds: Int, text: String) {
        let stale = StaleAnswer(source: "s", reason: "r", age: .seconds(seconds), nodes: 1, path: "/p")
        #expect(stale.ageText == text)
    }

    @Test func withoutAGoodListAFailureIsAnError() async throws {
        let (folder, workspace) = try site()
        try source(folder, "echo down >&2; exit 1")
        await #expect(throws: (any Error).self) { try await workspace.inventory() }
    }

    @Test func aListThatOthersCouldHavePlantedIsNotUsed() async throws {
        let (folder, workspace) = try site()
        try source(folder, list(["gpu01"]))
        _ = try await workspace.inventory()
        let sources = folder.path("state/sources")
        for name in try FileManager.default.contentsOfDirectory(atPath: sources) {
            try folder.write("state/sources/\(name)", "{\"gpu\": {\"hosts\": [\"evil01\"]}}")
            chmod("\(sources)/\(name)", 0o666)
        }
        #expect(try await workspace.inventory().nodes.keys.sorted() == ["gpu01"])
    }
}
