import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// Nodes that share one state folder, as with a root file system over NFS: here two servers of one machine.
@Suite(.serialized, .thisMachineItself) struct SharedStateTests {
    /// Each server's HOME is its own.
    private static let runbook = """
        schema_version: 1
        name: count
        version: 1
        title: Counts
        targets: "@*"
        detect:
          - name: counted
            probe: test -e "$HOME/count"
            healthy: {exit: 0}
            causes: [{id: uncounted, when: {exit: 1}}]
        steps:
          - name: first
            effect: once
            run: echo "$RUNBOOK_NODE" >>"$HOME/count"; echo "first of $RUNBOOK_NODE"
            undo: rm -f "$HOME/count"
          - name: second
            effect: idempotent
            run: echo "$RUNBOOK_NODE" >>"$HOME/count"; echo "second of $RUNBOOK_NODE"
            undo: echo undone >>"$HOME/undone"
        verify: [detect]
        """

    @Test func eachTargetOfOnePlanRunsItsOwnSteps() async throws {
        var options = SSHDFixture.Options()
        options.sharesState = true
        try await SSHDFixture.with(options) { first in
            try await SSHDFixture.with(options) { second in
                let servers = [first, second]
                let site = try Installation(
                    first, inventory: Installation.oneNodeEach(servers), runbooks: ["count": Self.runbook])
                var settings = site.settings
                settings.knownHosts = servers.map(\.knownHostsPath)
                let ending = try await site.carryOut(
                    RunOrder(kind: .apply, runbook: "count", selector: "n[1-2]"), settings: settings)
                #expect(ending.state.counts == [.remediated: 2], "\(ending.state.nodes)")
                let run = try #require(ending.state.header?.id)
                for (index, sshd) in servers.enumerated() {
                    let node = "n\(index + 1)"
                    #expect(try sshd.folder.read("count") == "\(node)\n\(node)\n")
                    let claim = try String(
                        contentsOfFile: "\(first.stateFolder)/\(run).\(index).0.1/claim", encoding: .utf8)
                    #expect(claim.contains(" \(run).\(index) "), "\(claim)")
                }
                let printed = try await site.outputs(of: run).split(separator: "\n").sorted()
                #expect(printed == ["first of n1", "first of n2", "second of n1", "second of n2"])

                // Undone on one of them, it is undone there only.
                let service = try await RunService(Workspace(settings))
                let back = try await service.prepareRollback(run.description, nodes: "n2", force: false)
                let undone = try await service.carryOutRollback(back, control: RunControl(), observe: { _ in })
                try await service.close()
                #expect(undone.state.counts == [.rolledBack: 1], "\(undone.state.nodes)")
                #expect(try first.folder.read("count") == "n1\nn1\n")
                #expect((try? second.folder.read("count")) == nil)
            }
        }
    }
}
