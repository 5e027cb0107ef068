import Foundation
import TestSupport
import Testing

/// Probes that nothing keeps from writing are said to be.
@Suite(.serialized, .nodesOfThisMachine) struct UnsandboxedProbeTests {
    private static let runbook = """
        schema_version: 1
        name: look
        version: 1
        title: Looks
        targets: n1
        detect:
          - name: looks
            probe: "false"
            healthy: {exit: 0}
            cause: wrong
        steps: [{name: mend, irreversible: true, run: "true"}]
        verify: [detect]
        """

    @Test func thePlanSaysWhere() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: ["look": Self.runbook])
            let planned = try site.run("apply", "look", "-n", "n1", "--dry-run")
            // The sandbox is a transient unit of the system's service manager.
            let hasSandbox = FileManager.default.fileExists(atPath: "/run/systemd/system") && sshd.user == "root"
            let text = planned.output + planned.error
            #expect(text.contains("Nothing kept probes on n1 from writing") == !hasSandbox, "\(text)")
        }
    }
}
