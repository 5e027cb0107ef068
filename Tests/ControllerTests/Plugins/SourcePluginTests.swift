import Foundation
import Glibc
import TestSupport
import Testing

@testable import Controller

/// The inventory sources that come with the program, over stand-ins that print what the real tools printed.
@Suite(.serialized) struct SourcePluginTests {
    private static let tools =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        + "/StandIns/tools"

    /// Runs `body` with the stand-ins first on the path, which plugins inherit.
    private func withTools<R>(_ body: () async throws -> R) async rethrows -> R {
        let former = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        setenv("PATH", Self.tools + ":" + former, 1)
        defer { setenv("PATH", former, 1) }
        return try await body()
    }

    private func nodes(_ source: String) async throws -> (nodes: [String: String], groups: [String: String]) {
        let folder = try TemporaryFolder(prefix: "sources")
        for part in ["inventory", "state"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try folder.write("inventory/site.yaml", "schema_version: 1\nsources: [\(source)]\n")
        let settings = Settings(
            layers: [
                PartialSettings(
                    inventory: [folder.path("inventory")], plugins: PluginSite.root + "/Plugins",
                    database: folder.path("state/runbook.db"))
            ], environment: [:], userID: 1)
        let inventory = try await withTools { try await Workspace(settings).inventory() }
        return (
            inventory.nodes.mapValues { $0.connection.address ?? "" }, inventory.groups.mapValues(\.folded)
        )
    }

    @Test(arguments: ["slurm", "kubernetes", "aws-ec2"])
    func eachKeepsToTheProtocol(name: String) async throws {
        let findings = try await withTools {
            try await PluginLibrary(PluginSite.confining).test(PluginSite.root + "/Plugins/inventory/" + name)
        }
        #expect(findings.count >= 8)
        #expect(findings.filter { !$0.isGood } == [])
    }
}
