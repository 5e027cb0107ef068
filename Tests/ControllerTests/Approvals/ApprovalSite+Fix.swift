import TestSupport

extension ApprovalSite {
    static func runbook(_ name: String = "fix", minimum: Int = 2, approve: String = "", steps: String = "")
        -> String
    {
        """
        schema_version: 1
        name: \(name)
        version: 1
        title: Puts a file there
        targets: "@*"
        \(approve.isEmpty ? "approve: {approvers: [\"role:leads\"], min_approvals: \(minimum), message: Mind the jobs}" : approve)
        detect:
          - name: there
            probe: test -e NODE/broken && exit 2; test -e NODE/done
            healthy: {exit: 0}
            causes: [{id: missing, when: {exit: 1}}, {id: broken, when: {exit: 2}}]
        steps:
        \(steps.isEmpty ? make : steps)
        verify: [detect]
        """
    }

    /// What a step does that counts its starts and goes on once the test says so: after two minutes at most, so that
    /// nothing outlives a test.
    static let countAndAwaitGo =
        "echo x >>NODE/count; n=0; until [ -e NODE/go ] || [ $n = 1200 ]; do sleep 0.1; n=$((n + 1)); done"

    static let make = """
          - name: make
            effect: once
            run: echo x >>NODE/count; rm -f NODE/broken; touch NODE/done
            undo: rm -f NODE/done
        """

    static func with(
        _ runbooks: [String: String] = ["fix": runbook()], access: String = access,
        _ body: (ApprovalSite) async throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in
            try await body(try ApprovalSite(sshd, runbooks: runbooks, access: access))
        }
    }
}
