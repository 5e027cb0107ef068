import Foundation
import TestSupport
import Testing

@testable import Controller

/// What `doctor` does to an installation that it looks at.
@Suite struct DoctorTests {
    @Test func noDatabaseIsMadeAndOneThatIsThereIsChecked() async throws {
        let folder = try TemporaryFolder(prefix: "doctor")
        try folder.write("site.yaml", "schema_version: 1\nnodes: {n1: {}}\n")
        let settings = Settings(
            layers: [
                PartialSettings(
                    inventory: [folder.path("site.yaml")], runbooks: folder.path("runbooks"),
                    plugins: folder.path("plugins"), database: folder.path("state/runbook.db"))
            ], environment: ["HOME": folder.root], userID: 1)
        func text(_ subject: String) async -> String {
            await Doctor(Workspace(settings)).findings().first { $0.subject == subject }?.text ?? ""
        }
        #expect(await text("database").hasPrefix("none yet"))
        #expect(await text("messages") == "none")
        #expect(!FileManager.default.fileExists(atPath: folder.path("state")))
        try await Workspace(settings).journal().close()
        #expect(await text("database").hasSuffix("audit records"))
        #expect(await text("messages") == "0 on their way, 0 given up")
    }
}
