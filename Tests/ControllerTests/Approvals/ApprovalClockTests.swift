import Foundation
import TestSupport
import Testing

/// Approvals while the time of day is set: what has expired stays so, and nothing is given by a clock that is behind.
@Suite(.serialized, .nodesOfThisMachine) struct ApprovalClockTests {
    private static let runbook = """
        schema_version: 1
        name: fix
        version: 1
        title: Puts a file there
        targets: "@*"
        approve: {approvers: ["role:leads"], min_approvals: 2, expires: 5m}
        detect:
          - name: there
            probe: test -e NODE/done
            healthy: {exit: 0}
            causes: [{id: missing, when: {exit: 1}}]
        steps:
          - name: make
            effect: once
            run: echo x >>NODE/count; touch NODE/done
            undo: rm -f NODE/done
        verify: [detect]
        """

    /// Alice approves, then the clock shows so many seconds more and Bob approves, then it is set right again.
    @Test(arguments: [1, -1, 600, -600, 86_400, -86_400])
    func aClockThatIsSetRevivesNoApproval(seconds: Int) async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: ["fix": Self.runbook])
            let faults = try FaultLibrary(in: site.folder.root)
            let (run, plan) = try site.waiting()
            func approve(_ person: String, _ shift: Int) throws -> ApprovalSite.Result {
                let words = ["approve", run, "--plan", plan, "--key", site.folder.path("keys/\(person)")]
                return try site.run(
                    words: person, words + ["--reason", "good"], faults.environment(clockShift: shift))
            }
            #expect(try approve("alice", 0).status == 0)
            let second = try approve("bob", seconds)
            let text = second.output + second.error
            if abs(seconds) == 1 {
                #expect(second.status == 0, "\(text)")
                #expect(try await site.ending(of: run).counts == ["remediated": 1])
                #expect(site.node("count") == "x\n")
                return
            }
            if seconds == 86_400 {
                // By then not even the plan holds.
                #expect(second.status == 2 && text.contains("has expired"), "\(text)")
            } else if seconds > 0 {
                #expect(second.status == 0 && text.contains("1 of 2 approvals is missing"), "\(text)")
                #expect(text.contains("The approval has expired"), "\(text)")
            } else {
                #expect(second.status == 2 && text.contains("The clock shows"), "\(text)")
            }
            // Back again: neither by going on, nor by whoever approves now.
            let resumed = try site.run("carol", "resume", run)
            #expect(resumed.status != 0, "\(resumed.output)\(resumed.error)")
            #expect(site.node("count").isEmpty)
            if seconds == 600 {
                let again = try approve("alice", 0)
                #expect(again.status == 2 && again.error.contains("The clock shows"), "\(again.output)\(again.error)")
                #expect(site.node("count").isEmpty)
            }
            #expect(try site.phase(of: run) == "waiting_approval")
        }
    }
}
