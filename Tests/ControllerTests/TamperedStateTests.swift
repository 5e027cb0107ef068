import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// A rollback that needs what was kept on the node, because it was too large for the journal.
@Suite(.serialized, .nodesOfThisMachine) struct TamperedStateTests {
    private func runbook(_ path: String) -> String {
        """
        schema_version: 1
        name: shrink
        version: 1
        title: Replaces a large file
        targets: "@*"
        detect:
          - name: small
            probe: test "$(cat '\(path)' | head -c 6)" = small
            healthy: {exit: 0}
            causes: [{id: large, when: {exit: 1}}]
        steps:
          - {name: replace, for: [large], file: {path: '\(path)', content: small}}
        verify: [detect]
        """
    }

    /// The state folder of step 0 of the only target.
    private func kept(of run: String, _ sshd: SSHDFixture) -> String { "\(sshd.stateFolder)/state/\(run).0.0/before" }

    @Test func itPutsBackTheJournalsStateOrSaysWhyItIsRefused() async throws {
        try await SSHDFixture.with { sshd in
            let path = sshd.folder.path("big").replacing("//", with: "/")
            let site = try PluginSite(sshd, runbooks: ["shrink": runbook(path)])
            let bytes = Data((0..<13_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
            func mode() -> Int? {
                (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
            }
            for isAltered in [true, false] {
                try bytes.write(to: URL(fileURLWithPath: path))
                chmod(path, 0o640)
                let applied = try site.run("apply", "shrink", "-n", "n1", "--yes", "--output", "jsonl")
                #expect(applied.status == 0, "\(applied.output)\(applied.error)")
                let line = applied.output.split(separator: "\n").last ?? ""
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                let run = try #require(object?["run"] as? String)
                chmod(kept(of: run, sshd), 0o777)
                if isAltered {
                    let handle = try #require(FileHandle(forWritingAtPath: kept(of: run, sshd)))
                    try handle.write(contentsOf: Data("evil".utf8))
                    try handle.close()
                }
                let undone = try site.run("rollback", run, "--yes")
                let now = FileManager.default.contents(atPath: path)
                if isAltered {
                    #expect(undone.status == 1, "\(undone.output)\(undone.error)")
                    #expect(
                        undone.output.contains("the captured bytes of \(path) are damaged"),
                        "\(undone.output)\(undone.error)")
                    #expect(now == Data("small".utf8))
                } else {
                    #expect(undone.status == 0, "\(undone.output)\(undone.error)")
                    #expect(now == bytes)
                }
                #expect(mode() == 0o640)
            }
        }
    }
}
