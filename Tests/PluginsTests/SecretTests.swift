import Foundation
import Model
import Testing

@testable import Plugins

/// Secrets by reference, from the real places.
@Suite struct SecretTests {
    private let folder = "/tmp/runbook-secrets-\(UInt64.random(in: 0 ... .max))"

    private func withFile(_ name: String, _ text: String, mode: Int, _ body: (String) async throws -> Void) async throws
    {
        let files = FileManager.default
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? files.removeItem(atPath: folder) }
        let path = "\(folder)/\(name)"
        _ = files.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        try await body(path)
    }

    @Test func oneComesFromTheEnvironmentOrAPrivateFile() async throws {
        let resolver = SecretResolver(environment: ["TOKEN": "abc"])
        #expect(try await resolver.resolve("env:TOKEN").exposed == Array("abc".utf8))
        try await withFile("token", "from the file\n", mode: 0o600) { path async throws in
            #expect(try await resolver.resolve("file:\(path)").exposed == Array("from the file".utf8))
        }
    }

    @Test func whatIsMissingMalformedOrReadableByOthersIsNamedAndNotShown() async throws {
        let resolver = SecretResolver(environment: ["TOKEN": "abc"])
        for (reference, kind) in [
            ("env:NONE", SecretError.Kind.missing), ("file:/nowhere/at/all", .missing), ("TOKEN", .malformed),
            ("vault:kv/no-field", .malformed), ("ftp:x", .malformed),
        ] {
            await #expect(throws: SecretError(reference, kind)) { try await resolver.resolve(reference) }
        }
        try await withFile("token", "marked secret", mode: 0o644) { path async throws in
            let error = await #expect(throws: SecretError.self) { try await resolver.resolve("file:\(path)") }
            #expect(error?.kind == .readableByOthers)
            #expect(error?.description.contains("marked") == false)
        }
    }

    @Test func aToolThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: SecretError.self) {
            try await SecretTool("no-such-secret-tool", ["show"]).output(for: "pass:x")
        }
        #expect(error?.kind == .toolMissing("no-such-secret-tool"))
    }

    @Test func whatAFailingToolPrintsIsNotShown() async throws {
        let error = await #expect(throws: SecretError.self) {
            try await SecretTool("sh", ["-c", "echo marked-secret; echo marked-secret >&2; exit 3"]).output(
                for: "pass:x")
        }
        #expect(error?.description.contains("marked") == false)
        let lines = try await SecretTool("sh", ["-c", "echo two; echo lines"]).output(for: "pass:x")
        #expect(lines.exposed == Array("two\nlines".utf8))
    }
}
