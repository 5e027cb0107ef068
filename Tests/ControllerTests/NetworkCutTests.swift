import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// A step that cuts the network off for good: nobody will ever tell the node anything again.
@Suite(.serialized, .nodesOfThisMachine) struct NetworkCutTests {
    /// The step itself waits until the network is cut.
    private static let runbook = """
        schema_version: 1
        name: firewall
        version: 1
        title: Cuts itself off
        targets: "@*"
        detect:
          - name: closed
            probe: grep -qx closed "$HOME/rules"
            healthy: {exit: 0}
            causes: [{id: open, when: {exit: 1}}]
        steps:
          - name: close
            for: [open]
            effect: once
            guard: 6s
            capture: cat "$HOME/rules"
            run: |
              echo closed >"$HOME/rules"
              echo x >>"$HOME/applied"
              i=0; until [ -e "$HOME/cut" ] || [ $i = 600 ]; do sleep 0.1; i=$((i + 1)); done
              echo x >>"$HOME/finished"
            undo: |
              cat >"$HOME/rules"
              echo x >>"$HOME/undone"
        verify: [detect]
        """

    @Test(.timeLimit(.minutes(10))) func theNodeUndoesTheStepByItselfAndOnce() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: ["firewall": Self.runbook])
            try sshd.folder.write("rules", "open\n")
            func text(_ file: String) -> String { (try? sshd.folder.read(file)) ?? "" }
            let process = try site.start("apply", "firewall", "-n", "n1", "--yes")
            #expect(try await becomes { !text("applied").isEmpty })
            sshd.cutNetwork()
            try sshd.folder.write("cut", "")
            #expect(try await becomes { !text("undone").isEmpty })
            #expect(text("rules") == "open\n")
            #expect(text("undone") == "x\n")
            #expect(text("applied") == "x\n")
            // Who waits for the node still does, and is gone before it can be heard again.
            #expect(process.isRunning)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()

            // Long afterwards somebody mends the network. Nothing happens by that alone.
            sshd.mendNetwork()
            #expect(try await becomes { !text("finished").isEmpty })
            let resumed = try site.run("resume", "last", "--output", "jsonl")
            let shown = try site.run("show", "last")
            #expect(resumed.status == 1, "\(resumed.output)\(resumed.error)")
            #expect(resumed.output.contains("\"rolled_back\":1"), "\(resumed.output)\(resumed.error)")
            #expect(shown.output.contains("the node undid it by itself"), "\(shown.output)\(shown.error)")
            #expect(text("rules") == "open\n")
            #expect(text("undone") == "x\n")
            #expect(text("applied") == "x\n")
        }
    }
}
