import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Approvals through the built program, on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct ApprovalTests {
    @Test func twoApproveAndTheRunGoesOnByItself() async throws {
        try await ApprovalSite.with { site in
            let (run, plan) = try site.waiting()
            #expect(site.node("count").isEmpty)
            let list = try site.run("carol", "runs")
            #expect(list.output.contains("waiting_approval"), "\(list.output)")
            let first = try site.approve("alice", run, plan)
            #expect(first.status == 0, "\(first.error)")
            #expect(first.output.contains("1 of 2 approvals is missing"))
            #expect(try site.approve("alice", run, plan).status == 2)
            #expect(site.node("count").isEmpty)

            // Bob's key is in an agent, and no file is named.
            let socket = site.folder.path("agent")
            let agent = try ServerProcess(executable: "/usr/bin/ssh-agent", arguments: ["-D", "-a", socket])
            defer { agent.stop() }
            #expect(await agent.becomes { access(socket, F_OK) == 0 })
            try Keygen.run(
                ["SSH_AUTH_SOCK=\(socket)", "/usr/bin/ssh-add", "-q", site.folder.path("keys/bob")],
                tool: "/usr/bin/env")
            let second = try site.run(
                "bob", "approve", run, "--plan", plan, environment: ["SSH_AUTH_SOCK": socket])
            #expect(second.status == 0, "\(second.error)")
            #expect(second.output.contains("It goes on in the background"))

            let ending = try await site.ending(of: run)
            #expect(ending.status == 0)
            #expect(ending.counts == ["remediated": 1])
            #expect(site.node("count") == "x\n")
            let audit = try site.audit(run)
            let actions = audit.map(\.action).filter {
                $0.hasPrefix("approval") || $0 == "run.confirmed" || $0 == "step.intended"
            }
            #expect(actions == ["approval.given", "approval.given", "approval.used", "run.confirmed", "step.intended"])
            let given = try #require(audit.first { $0.action == "approval.given" }).detail
            #expect(given["approver"] == "alice")
            #expect(given["gate"] == "start")
            #expect(given["reason"] == "good")
            #expect(given["key"]?.hasPrefix("SHA256:") == true)
            #expect(given["signers_sha256"]?.count == 64)
            #expect(given["access_sha256"]?.count == 64)
            // An auditor proves it with OpenSSH alone.
            try site.folder.write("statement", given["statement"] ?? "")
            try site.folder.write("statement.sig", given["signature"] ?? "")
            try Keygen.run(
                [
                    "-c",
                    "ssh-keygen -q -Y verify -f inventory/allowed_signers -I alice -n approval@runbook -s statement.sig <statement",
                ].map { $0.replacing("inventory/", with: site.folder.path("inventory/")) }.map {
                    $0.replacing("statement.sig", with: site.folder.path("statement.sig"))
                        .replacing("<statement", with: "<" + site.folder.path("statement"))
                }, tool: "/bin/sh")
            #expect(audit.first { $0.action == "approval.used" }?.detail["approvers"] == "alice,bob")
        }
    }

    @Test func whatCannotCountIsRefused() async throws {
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1), "two": ApprovalSite.runbook("two")]) {
            site in
            let (run, plan) = try site.waiting("alice")
            let own = try site.approve("alice", run, plan)
            #expect(own.status == 2)
            #expect(own.error.contains("alice asked for the run"), "\(own.error)")
            let stranger = try site.approve("carol", run, plan)
            #expect(stranger.error.contains("carol is none of the approvers"), "\(stranger.error)")
            let blind = try site.run("bob", "approve", run, "--key", site.folder.path("keys/bob"))
            #expect(blind.status == 2)
            #expect(blind.error.contains("There is no terminal to ask at"))
            let wrong = try site.approve("bob", run, "0123456789abcdef")
            #expect(wrong.error.contains("waits with another plan"), "\(wrong.error)")
            #expect(!(try site.audit(run)).contains { $0.action == "approval.given" })
            // Two leads are needed, and one of them asks: that can never be.
            let impossible = try site.run("alice", "apply", "two", "--nodes", "n1", "--yes")
            #expect(impossible.status == 2)
            #expect(impossible.output.contains("2 approvals are needed, and 1 can be given: bob may"))
        }
    }

    @Test func anApprovalAfterWhichNoOtherCanComeEndsTheRun() async throws {
        try await ApprovalSite.with { site in
            let (run, plan) = try site.waiting()
            let access = try site.folder.read("inventory/access.yaml")
            try site.folder.write(
                "inventory/access.yaml", access.replacing("leads: [alice, bob]", with: "leads: [alice]"))
            let given = try site.approve("alice", run, plan)
            #expect(given.status == 0, "\(given.error)")
            #expect(given.output.contains("The run ends, and changes nothing more: 2 approvals are needed, and 1"))
            #expect(try await site.ending(of: run).status == 2)
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func rootWithoutSudoCannotAskForIt() async throws {
        try await ApprovalSite.with { site in
            let result = try site.run("root", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(result.status == 2)
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func aDenialIsFinal() async throws {
        try await ApprovalSite.with { site in
            let (run, plan) = try site.waiting()
            _ = try site.approve("alice", run, plan)
            let denied = try site.run(
                "bob", "deny", run, "--plan", plan, "--key", site.folder.path("keys/bob"), "--reason", "not today")
            #expect(denied.status == 0, "\(denied.error)")
            let ending = try await site.ending(of: run)
            #expect(ending.status == 2)
            #expect(ending.counts == ["not_started": 1])
            #expect(ending.reason.contains("bob denied the plan: not today"))
            #expect(try site.approve("alice", run, plan).status == 2)
            #expect(site.node("count").isEmpty)
            #expect(try site.audit(run).contains { $0.action == "approval.denied" })
        }
    }

    @Test func aStepInTheMiddleWaits() async throws {
        let steps = """
              - name: first
                effect: once
                run: echo x >>NODE/first
                undo: rm -f NODE/first
              - name: second look
                approve: {approvers: [alice]}
            \(ApprovalSite.make)
            """
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1, steps: steps)]) { site in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            #expect(try await becomes { !site.node("first").isEmpty })
            #expect(try await site.waits("fix").run == run)
            #expect(site.node("first") == "x\n")
            #expect(site.node("count").isEmpty)
            let show = try site.run("carol", "approvals")
            #expect(show.output.contains("second look"), "\(show.output)")
            // The approval of the start is none of the step.
            let stays = try site.run("carol", "resume", run)
            #expect(stays.status == 3, "\(stays.output)\(stays.error)")
            let middle = try site.run("carol", "cancel", run)
            #expect(middle.status == 2)
            let wrong = try site.run(
                "alice", "approve", run, "--plan", plan, "--step", "first", "--key", site.folder.path("keys/alice"))
            #expect(wrong.status == 2)
            let second = try site.run(
                "alice", "approve", run, "--plan", plan, "--step", "second look", "--key",
                site.folder.path("keys/alice"))
            #expect(second.status == 0, "\(second.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
            #expect(site.node("first") == "x\n")
            #expect(site.node("count") == "x\n")
            let gates = try site.audit(run).filter { $0.action == "approval.used" }.map { $0.detail["gate"] ?? "" }
            #expect(gates == ["start", "second look"])
        }
    }

    @Test func whoApprovesDoesNotWaitForTheRun() async throws {
        let steps = """
              - name: make
                effect: once
                run: |
                  for i in $(seq 3000); do [ -e NODE/go ] && break; sleep 0.1; done
                  test -e NODE/go && touch NODE/done
                undo: rm -f NODE/done
            """
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1, steps: steps)]) { site in
            let (run, plan) = try site.waiting()
            let given = try site.approve("alice", run, plan)
            #expect(given.output.contains("It goes on in the background"), "\(given.output)\(given.error)")
            // The step waits for what comes only now.
            try site.folder.write("node/go", "")
            let ending = try await site.ending(of: run)
            #expect(ending.counts == ["remediated": 1], "\(ending)")
        }
    }

    @Test func whoStaysSeesItGoOn() async throws {
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1)]) { site in
            let process = try site.start("carol", "apply", "fix", "--nodes", "n1", "--yes", "--wait")
            let (run, plan) = try await site.waits("fix")
            let given = try site.approve("alice", run, plan)
            #expect(given.status == 0, "\(given.error)")
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(site.node("count") == "x\n")
            let audit = try site.audit(run).map(\.action)
            #expect(audit.filter { $0 == "approval.used" }.count == 1)
        }
    }

    @Test func theGlassIsBrokenByThoseWhoMay() async throws {
        try await ApprovalSite.with { site in
            let refused = try site.run(
                "carol", "apply", "fix", "--nodes", "n1", "--yes", "--break-glass", "--reason", "all is lost")
            #expect(refused.status == 2)
            #expect(refused.error.contains("may not break_glass"), "\(refused.error)")
            #expect(site.node("count").isEmpty)
            let without = try site.run("alice", "apply", "fix", "--nodes", "n1", "--break-glass")
            #expect(without.status == 64)
            let broken = try site.run(
                "alice", "apply", "fix", "--nodes", "n1", "--break-glass", "--reason", "all is lost", "--output",
                "jsonl")
            #expect(broken.status == 0, "\(broken.error)")
            #expect(broken.error.contains("BREAK GLASS"))
            #expect(site.node("count") == "x\n")
            let audit = try site.audit()
            #expect(audit.first { $0.action == "break_glass.used" }?.detail["reason"] == "all is lost")
            #expect(audit.first { $0.action == "access.refused" }?.detail["action"] == "break_glass")
        }
    }
}
