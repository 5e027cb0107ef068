import Foundation
import Model
import TestSupport
import Testing

/// What a site asks of changes by runbooks that ask for nothing themselves, through the built program on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct ChangeRuleTests {
    private static func runbook(_ name: String, steps: String = "") -> String {
        """
        schema_version: 1
        name: \(name)
        version: 1
        title: Puts a file there
        targets: "@*"
        detect:
          - {name: there, probe: test -e NODE/done, healthy: {exit: 0}}
        steps:
        \(steps.isEmpty ? make : steps)
        verify: [detect]
        """
    }

    private static let make = """
          - name: make
            effect: once
            run: echo x >>NODE/count; touch NODE/done
            undo: rm -f NODE/done
        """

    private func with(_ runbooks: [String: String], _ body: (ApprovalSite) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: runbooks)
            try site.folder.write("inventory/more.yaml", "schema_version: 1\nnodes: {n2: {address: 127.0.0.1}}\n")
            try await body(site)
        }
    }

    private func rules(_ text: String, at site: ApprovalSite) throws {
        try site.folder.write("inventory/changes.yaml", "schema_version: 1\nchange_rules:\n" + text)
    }

    /// Binds all changes to a window that is closed for good.
    private func closeWindow(at site: ApprovalSite) throws {
        try site.folder.write(
            "inventory/windows.yaml",
            """
            schema_version: 1
            windows:
              past: {timezone: UTC, open: [{name: once, start: 2020-01-01T00:00, end: 2020-01-01T01:00}]}
            """)
        try rules("  nights: {window: {calendar: past}}\n", at: site)
    }

    @Test func whoApprovesIsForTheSiteToSay() async throws {
        try await with(["fix": Self.runbook("fix"), "other": Self.runbook("other")]) { site in
            try rules(
                """
                  ours: {runbooks: "fi*", nodes: n1, approve: {approvers: ["role:leads"]}}
                """, at: site)
            let (run, plan) = try site.waiting()
            #expect(site.node("count").isEmpty)
            let given = try site.approve("alice", run, plan)
            #expect(given.status == 0, "\(given.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
            #expect(site.node("count") == "x\n")
            #expect(try site.audit(run).contains { $0.action == "approval.used" })

            // Neither for another runbook nor for other nodes.
            for (runbook, node) in [("other", "n1"), ("fix", "n2")] {
                try FileManager.default.removeItem(atPath: site.folder.path("node/done"))
                let free = try site.run("carol", "apply", runbook, "--nodes", node, "--yes", "--output", "jsonl")
                #expect(free.status == 0, "\(runbook) \(free.output)\(free.error)")
                #expect(!free.error.contains("change rule"))
            }
            // One of them is enough.
            try FileManager.default.removeItem(atPath: site.folder.path("node/done"))
            let both = try site.run("carol", "apply", "fix", "--nodes", "n[1-2]", "--yes")
            #expect(both.status == 3, "\(both.output)\(both.error)")
            #expect(both.error.contains("the site's change rule 'ours'"), "\(both.error)")
            let text = try site.run("carol", "describe", "fix")
            #expect(text.output.contains("ours, for runs about n1"), "\(text.output)")
            #expect(text.output.contains("approve 1 of role:leads"), "\(text.output)")
        }
    }

    @Test func theWindowIsForTheSiteToSay() async throws {
        let careful = """
              - name: harmless
                gate: none
                run: echo x >>NODE/harmless
                undo: rm -f NODE/harmless
            """
        let runbooks = [
            "fix": Self.runbook("fix", steps: careful + "\n" + Self.make),
            "safe": Self.runbook("safe", steps: careful.replacing("echo x", with: "touch NODE/done; echo x")),
        ]
        try await with(runbooks) { site in
            try closeWindow(at: site)
            let closed = try site.run("carol", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(closed.status == 2)
            #expect((closed.output + closed.error).contains("window past is closed"), "\(closed.output)\(closed.error)")
            #expect(site.node("harmless").isEmpty)
            #expect(site.node("count").isEmpty)
            // What is safe unattended needs none.
            let safe = try site.run("carol", "apply", "safe", "--nodes", "n1", "--yes")
            #expect(safe.status == 0, "\(safe.output)\(safe.error)")
            #expect(site.node("harmless") == "x\n")
        }
    }

    @Test func aRuleThatIsMadeStricterBindsTheRunsThatWait() async throws {
        try await with(["fix": Self.runbook("fix")]) { site in
            func ask(_ minimum: Int) throws {
                try rules(
                    "  ours: {approve: {approvers: [\"role:leads\"], min_approvals: \(minimum)}}\n", at: site)
            }
            try ask(1)
            let (run, plan) = try site.waiting()
            try ask(2)
            let one = try site.approve("alice", run, plan)
            #expect(one.status == 0, "\(one.error)")
            // It goes on, finds the plan to be another, and ends: that takes a new plan.
            let ending = try await site.ending(of: run)
            #expect(ending.status == 2, "\(ending)")
            #expect(ending.counts == ["not_started": 1])
            #expect(ending.reason.contains("approve"), "\(ending)")
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func aRuleThatComesLaterDoesNotStopARunInTheMiddle() async throws {
        let steps = """
              - name: first
                effect: once
                run: echo x >>NODE/first
                undo: rm -f NODE/first
              - name: second look
                approve: {approvers: [alice]}
            \(Self.make)
            """
        try await with(["fix": Self.runbook("fix", steps: steps)]) { site in
            let (run, plan) = try site.waiting()
            #expect(site.node("first") == "x\n")
            try closeWindow(at: site)
            let given = try site.run(
                "alice", "approve", run, "--plan", plan, "--step", "second look", "--key",
                site.folder.path("keys/alice"))
            #expect(given.status == 0, "\(given.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
            #expect(site.node("first") == "x\n")
        }
    }

    @Test func whoGivesAStandingApprovalIsForTheSiteToSay() async throws {
        try await with(["fix": Self.runbook("fix")]) { site in
            try rules("  ours: {approve: {approvers: [bob]}}\n", at: site)
            let refused = try site.standing("n1", "1")
            #expect(refused.status == 2, "\(refused.output)\(refused.error)")
            try rules("  ours: {approve: {approvers: [alice]}}\n", at: site)
            let given = try site.standing("n1", "1")
            #expect(given.status == 0, "\(given.output)\(given.error)")
            let covered = try site.run("carol", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(covered.status == 0, "\(covered.output)\(covered.error)")
        }
    }
}
