import Foundation
import TestSupport
import Testing

/// What a command printed on its nodes, for a program that reads it.
@Suite(.serialized, .nodesOfThisMachine) struct ExecOutputTests {
    @Test func outputsArePartOfTheJSON() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            let lines = try site.run(
                "exec", "-n", "n1", "--output", "jsonl", "--", "sh", "-c", "echo out; echo err >&2"
            )
            .output.split(separator: "\n").map(String.init)
            #expect(
                lines.contains { $0.contains(#""stream":"stdout""#) && $0.contains(#""text":"out\n""#) }, "\(lines)")
            #expect(
                lines.contains { $0.contains(#""stream":"stderr""#) && $0.contains(#""text":"err\n""#) }, "\(lines)")
            #expect(lines.last?.contains(#""type":"summary""#) == true, "\(lines)")

            let whole = try site.run("exec", "-n", "n1", "--output", "json", "--", "echo", "out").output
            let object = try #require(try JSONSerialization.jsonObject(with: Data(whole.utf8)) as? [String: Any])
            let outputs = try #require(object["outputs"] as? [[String: Any]])
            #expect(
                outputs.contains { $0["node"] as? String == "n1" && $0["text"] as? String == "out\n" }, "\(outputs)")
        }
    }
}
