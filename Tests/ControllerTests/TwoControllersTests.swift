import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Two controllers that know nothing of each other: each with a database of its own, both with the same node.
@Suite(.serialized, .nodesOfThisMachine) struct TwoControllersTests {
    /// Counts who began and who ended; the step takes until the test lets it go on.
    private static let runbook = """
        schema_version: 1
        name: hold
        version: 1
        title: Holds a node
        targets: "@*"
        parameters: {who: {type: string, pattern: "[a-z]+"}}
        detect:
          - name: free
            probe: test ! -e "$HOME/ended"
            healthy: {exit: 1}
            causes: [{id: free, when: {exit: 0}}]
        steps:
          - name: hold
            for: [free]
            effect: once
            timeout: 5m
            run: |
              echo $who >>"$HOME/begun"
              i=0; until [ -e "$HOME/go" ] || [ $i = 2400 ]; do sleep 0.1; i=$((i + 1)); done
              echo $who >>"$HOME/ended"
            undo: rm -f "$HOME/ended"
        verify: [detect]
        """

    /// The program with another database than its own.
    private func other(_ site: PluginSite) -> PluginSite {
        var other = site
        other.environment["RUNBOOK_DB"] = site.site.folder.path("other/runbook.db")
        return other
    }

    private func last(_ result: PluginSite.Result) -> [String: Any] {
        let line = result.output.split(separator: "\n").last ?? ""
        return (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
    }

    private func isRefused(_ result: PluginSite.Result, by run: String) {
        #expect(result.status == 2, "\(result.output)\(result.error)")
        #expect(last(result)["counts"] as? [String: Int] == ["not_started": 1], "\(result.output)\(result.error)")
        #expect(
            result.output.contains("Run \(run.prefix(8)) of another controller holds the node."),
            "\(run): \(result.output)\(result.error)")
    }

    @Test(.timeLimit(.minutes(10))) func theSecondIsToldWhoHoldsTheNodeAndTakesOverOnceThatIsOver() async throws {
        try await SSHDFixture.with { sshd in
            let first = try PluginSite(sshd, runbooks: ["hold": Self.runbook])
            let second = other(first)
            func text(_ file: String) -> String { (try? sshd.folder.read(file)) ?? "" }
            func take() throws -> PluginSite.Result {
                try second.run("apply", "hold", "-n", "n1", "--yes", "--param", "who=second", "--output", "jsonl")
            }

            let process = try first.start("apply", "hold", "-n", "n1", "--yes", "--param", "who=first")
            _ = try await becomes { !text("begun").isEmpty }
            #expect(text("begun") == "first\n")
            let run = try #require(last(try first.run("runs", "--output", "jsonl"))["id"] as? String)
            #expect(try second.run("runs", "--output", "jsonl").output.isEmpty)
            isRefused(try take(), by: run)
            let shown = try second.run("show", "last").output
            #expect(shown.contains("n1: not_started"), "\(shown)")
            #expect(shown.contains("Run \(run.prefix(8)) of another controller holds the node."), "\(shown)")
            #expect(shown.contains("runbook show \(run.prefix(8))"), "\(shown)")

            // The controller is killed, and what it started goes on: so does its hold.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            isRefused(try take(), by: run)
            #expect(text("begun") == "first\n")

            try sshd.folder.write("go", "")
            _ = try await becomes { !text("ended").isEmpty }
            // What it did is undone by hand: there is something to do again.
            #expect(text("ended") == "first\n")
            try FileManager.default.removeItem(atPath: sshd.folder.path("ended"))
            let taken = try take()
            #expect(taken.status == 0, "\(taken.output)\(taken.error)")
            #expect(last(taken)["counts"] as? [String: Int] == ["remediated": 1])
            #expect(text("begun") == "first\nsecond\n")
            #expect(text("ended") == "second\n")

            // The first learns how its own step ended, and starts nothing anew.
            let resumed = try first.run("resume", "last", "--output", "jsonl")
            #expect(resumed.status == 0, "\(resumed.output)\(resumed.error)")
            #expect(text("begun") == "first\nsecond\n")
            #expect(text("ended") == "second\n")
        }
    }
}
