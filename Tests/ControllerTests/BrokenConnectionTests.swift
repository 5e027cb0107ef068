import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// A connection to a real server that breaks in the middle of a step.
@Suite(.serialized, .nodesOfThisMachine) struct BrokenConnectionTests {
    /// Each server's HOME is its own.
    private static let runbook = """
        schema_version: 1
        name: slow
        version: 1
        title: Takes its time
        targets: "@*"
        detect:
          - name: done
            probe: test -e "$HOME/done"
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: work
            effect: once
            run: |
              echo before
              echo x >>"$HOME/started"
              i=0; until [ -e "$HOME/go" ] || [ $i = 600 ]; do sleep 0.1; i=$((i + 1)); done
              touch "$HOME/done"
              echo after
            undo: rm -f "$HOME/done"
        verify: [detect]
        """

    @Test(.timeLimit(.minutes(5))) func theStepIsTakenUpWhereItWasAndItsOutputIsWhole() async throws {
        try await SSHDFixture.with { first in
            try await SSHDFixture.with { second in
                let servers = [first, second]
                let site = try Installation(
                    first, inventory: Installation.oneNodeEach(servers), runbooks: ["slow": Self.runbook])
                var settings = site.settings
                settings.knownHosts = servers.map(\.knownHostsPath)
                let known = settings
                try second.folder.write("go", "")
                let run = Task {
                    try await site.carryOut(
                        RunOrder(kind: .apply, runbook: "slow", selector: "n[1-2]"), settings: known)
                }
                func text(_ sshd: SSHDFixture, _ file: String) -> String { (try? sshd.folder.read(file)) ?? "" }
                func isUnderWay() -> Bool {
                    !text(first, "started").isEmpty
                        && FileManager.default.fileExists(atPath: second.folder.path("done"))
                }
                #expect(try await becomes { isUnderWay() })
                first.signalSessions(SIGKILL)
                // The step goes on once there is another connection.
                #expect(try await becomes { first.log.matches(of: /Accepted publickey/).count >= 2 })
                try first.folder.write("go", "")
                let ending = try await run.value
                #expect(ending.state.counts == [.remediated: 2], "\(ending.state.nodes)")
                for sshd in servers { #expect(text(sshd, "started") == "x\n") }
                for node in ["n1", "n2"] {
                    let attempts = ending.state.nodes[node]?.steps[0]?.attempts
                    #expect(attempts?.count == 1, "\(node)")
                }
                let printed = try await site.outputs(of: ending.state.header?.id)
                #expect(printed == "before\nafter\nbefore\nafter\n", "\(printed)")
            }
        }
    }
}
