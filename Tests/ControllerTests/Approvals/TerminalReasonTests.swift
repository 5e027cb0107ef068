import Foundation
import TestSupport
import Testing

/// What those who ask and decide say, as it reaches the terminals of others.
@Suite(.serialized, .nodesOfThisMachine) struct TerminalReasonTests {
    /// What a terminal gets, which nothing in it acts upon.
    private func harmless(
        _ site: ApprovalSite, _ user: String, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let shown = try site.recordOnTerminal(user, words)
        #expect(HostileText.acting(in: shown) == [], "\(words)", sourceLocation: sourceLocation)
        return String(decoding: shown, as: UTF8.self)
    }

    @Test func aDecisionWithSuchAReasonIsRefused() async throws {
        let message = HostileText.quoted(HostileText.loadable)
        let approve = "approve: {approvers: [\"role:leads\"], min_approvals: 1, message: \(message)}"
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(approve: approve)]) { site in
            let (run, plan) = try site.waiting()
            _ = try harmless(site, "alice", "approvals")
            #expect(try harmless(site, "alice", "approvals", "--output", "json").contains("\\u202e"))
            #expect(try harmless(site, "alice", "approve", run, "--show").contains("whole digest: \(plan)"))
            for reason in [HostileText.line, HostileText.loadable, "two\nlines"] {
                let refused = try site.approve("alice", run, plan, reason: reason)
                #expect(refused.status == 65, "\(refused.output)\(refused.error)")
                for decision in ["approve", "deny"] {
                    let said = try harmless(
                        site, "alice", decision, run, "--plan", plan, "--key", site.folder.path("keys/alice"),
                        "--reason", reason)
                    #expect(said.contains("'reason' holds control characters"), "\(said)")
                }
            }
            #expect(try site.phase(of: run) == "waiting_approval")
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func theReasonForWhichTheGlassWasBrokenIsSpelledOut() async throws {
        try await ApprovalSite.with { site in
            let words = ["--break-glass", "--reason", HostileText.line]
            let shown = try site.recordOnTerminal("alice", ["apply", "fix", "--nodes", "n1", "--yes"] + words)
            #expect(HostileText.acting(in: shown) == [])
            #expect(String(decoding: shown, as: UTF8.self).contains("because: " + HostileText.spelled))
            #expect(site.node("count") == "x\n")
            for words in [
                ["show", "last"], ["report", "last"], ["show", "last", "--output", "jsonl"], ["runs"],
                ["audit", "list"], ["audit", "list", "--output", "json"],
            ] {
                #expect(try HostileText.acting(in: site.recordOnTerminal("alice", words)) == [], "\(words)")
            }
            // The very bytes that are hashed, but for a terminal.
            #expect(try harmless(site, "alice", "audit", "list", "--output", "jsonl").contains("\\u009b2J"))
            let exact = try site.run("alice", "audit", "list", "--output", "jsonl").output
            #expect(exact.contains("\u{9B}2J"), "\(exact)")
            let records = exact.split(separator: "\n").map { ApprovalSite.Result.object(String($0)) }
            let used = records.first { $0["action"] as? String == "break_glass.used" }
            let number = try #require(used?["sequence"] as? Int)
            #expect(try harmless(site, "alice", "audit", "show", String(number)).contains(HostileText.spelled))
        }
    }
}
