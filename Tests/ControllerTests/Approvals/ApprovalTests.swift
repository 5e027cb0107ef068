import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Approvals through the built program, on a real sshd.
@Suite(.serialized, .oneMachine) struct ApprovalTests {
    private static func runbook(_ name: String = "fix", minimum: Int = 2, approve: String = "", steps: String = "")
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

    private static let make = """
          - name: make
            effect: once
            run: echo x >>NODE/count; rm -f NODE/broken; touch NODE/done
            undo: rm -f NODE/done
        """

    private func with(
        _ runbooks: [String: String] = ["fix": runbook()], access: String = ApprovalSite.access,
        _ body: (ApprovalSite) async throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in try await body(try ApprovalSite(sshd, runbooks: runbooks, access: access))
        }
    }

    @Test func twoApproveAndTheRunGoesOnByItself() async throws {
        try await with { site in
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
        try await with(["fix": Self.runbook(minimum: 1), "two": Self.runbook("two")]) { site in
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
        try await with { site in
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
        try await with { site in
            let result = try site.run("root", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(result.status == 2)
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func aDenialIsFinal() async throws {
        try await with { site in
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

    @Test func whatHasDriftedNeedsANewApproval() async throws {
        try await with(["fix": Self.runbook(minimum: 1)]) { site in
            let (run, plan) = try site.waiting()
            try site.folder.write("node/broken", "")
            #expect(try site.approve("alice", run, plan).status == 0)
            let ending = try await site.ending(of: run)
            #expect(ending.status == 2)
            #expect(ending.reason.contains("n1: it has another cause: broken"), "\(ending.reason)")
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func aChangedRunbookOrRevokedKeyMakesApprovalsVoid() async throws {
        try await with { site in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            try site.allow(["bob", "carol"])
            let second = try site.approve("bob", run, plan)
            #expect(second.status == 0, "\(second.error)")
            #expect(second.output.contains("1 of 2 approvals is missing, bob gave one"), "\(second.output)")
            #expect(second.output.contains("alice's: allowed_signers gives the key"), "\(second.output)")
            // Going on by hand changes nothing, and asks no node.
            let resumed = try site.run("carol", "resume", run)
            #expect(resumed.status == 3, "\(resumed.output)\(resumed.error)")
            #expect(site.node("count").isEmpty)
            let cancelled = try site.run("carol", "cancel", run)
            #expect(cancelled.status == 0, "\(cancelled.error)")
            #expect(try await site.ending(of: run).counts == ["not_started": 1])
        }
    }

    @Test func aStatementSignedElsewhereIsTakenAndNoOtherRuns() async throws {
        try await with(["fix": Self.runbook(minimum: 1)]) { site in
            let (run, plan) = try site.waiting()
            let (other, otherPlan) = try site.waiting()
            let file = site.folder.path("statement")
            let written = try site.run("alice", "approve", run, "--plan", plan, "--as", "alice", "--write", file)
            #expect(written.status == 0, "\(written.error)")
            try Keygen.run(["-q", "-Y", "sign", "-n", "approval@runbook", "-f", site.folder.path("keys/alice"), file])
            let replayed = try site.run("alice", "approve", other, "--plan", otherPlan, "--signed", file)
            #expect(replayed.status == 2)
            #expect(replayed.error.contains("field 'run'"), "\(replayed.error)")
            let taken = try site.run("alice", "approve", run, "--signed", file)
            #expect(taken.status == 0, "\(taken.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    @Test func aPlanThatIsNotTheOneOfItsDigestIsNotShown() async throws {
        try await with { site in
            let (run, plan) = try site.waiting()
            try site.folder.write("node/broken", "")
            let (_, other) = try site.waiting()
            #expect(plan != other)
            try Keygen.run(
                [
                    "-c",
                    """
                    import sqlite3
                    db = sqlite3.connect('\(site.folder.path("state/runbook.db"))')
                    db.execute("UPDATE plans SET blob = (SELECT blob FROM plans WHERE digest = '\(other)') WHERE digest = '\(plan)'")
                    db.commit()
                    """,
                ], tool: "/usr/bin/python3")
            let result = try site.approve("alice", run, plan)
            #expect(result.status == 2)
            #expect(result.error.contains("is not the one of its digest"), "\(result.error)")
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
            \(Self.make)
            """
        try await with(["fix": Self.runbook(minimum: 1, steps: steps)]) { site in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            for _ in 0..<100 where site.node("first").isEmpty { try await Task.sleep(for: .milliseconds(100)) }
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
                  for i in $(seq 300); do [ -e NODE/go ] && break; sleep 0.1; done
                  test -e NODE/go && touch NODE/done
                undo: rm -f NODE/done
            """
        try await with(["fix": Self.runbook(minimum: 1, steps: steps)]) { site in
            let (run, plan) = try site.waiting()
            let given = try site.approve("alice", run, plan)
            #expect(given.output.contains("It goes on in the background"), "\(given.output)\(given.error)")
            // The step waits for what comes only now.
            try site.folder.write("node/go", "")
            let ending = try await site.ending(of: run)
            #expect(ending.counts == ["remediated": 1], "\(ending)")
        }
    }

    @Test func whatHasExpiredDoesNotReviveWhenTheClockIsSetBack() async throws {
        let approve = "approve: {approvers: [\"role:leads\"], min_approvals: 2, expires: 2m}"
        try await with(["fix": Self.runbook(approve: approve)]) { site in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            // The journal has seen a time at which alice's has expired.
            try await site.record(ahead: 180)
            let late = try site.approve("bob", run, plan)
            #expect(
                late.status == 0 && late.output.contains("1 of 2 approvals is missing"), "\(late.output)\(late.error)")
            #expect(late.output.contains("The approval has expired"), "\(late.output)")
            #expect(site.node("count").isEmpty)
            // So far ahead that this clock can't be believed.
            try await site.record(ahead: 1200)
            let refused = try site.approve("alice", run, plan)
            #expect(refused.status == 2 && refused.error.contains("The clock shows"), "\(refused.error)")
            let standing = try site.standing("n1", "1")
            #expect(standing.status == 2 && standing.error.contains("The clock shows"), "\(standing.error)")
        }
    }

    @Test func aDatabaseThatWasPutBackTakesNothingIn() async throws {
        try await with { site in
            let settings = try site.folder.read("runbook.yaml")
            try site.folder.write("runbook.yaml", settings + "\nanchors: ['file:anchors']\n")
            let (run, plan) = try site.waiting()
            #expect(try site.run("carol", "audit", "anchor").status == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: site.folder.path("state"))
                .filter { $0.hasPrefix("runbook.db") }
            for name in names {
                try FileManager.default.copyItem(
                    atPath: site.folder.path("state/\(name)"), toPath: site.folder.path("state/kept-\(name)"))
            }
            #expect(try site.approve("alice", run, plan).status == 0)
            #expect(try site.run("carol", "audit", "anchor").status == 0)
            for name in try FileManager.default.contentsOfDirectory(atPath: site.folder.path("state"))
            where name.hasPrefix("runbook.db") {
                try FileManager.default.removeItem(atPath: site.folder.path("state/\(name)"))
            }
            for name in names {
                try FileManager.default.moveItem(
                    atPath: site.folder.path("state/kept-\(name)"), toPath: site.folder.path("state/\(name)"))
            }
            for refused in [
                try site.approve("bob", run, plan), try site.standing("n1", "1"), try site.run("carol", "serve"),
            ] {
                #expect(refused.status == 2)
                #expect(refused.error.contains("put back to an earlier state"), "\(refused.error)")
            }
            #expect(try site.audit().allSatisfy { $0.action != "approval.given" })
        }
    }

    @Test func whoMayPauseTheJobsOfOneRunbookMayNotPauseOthers() async throws {
        let access = ApprovalSite.access + "\n    - {allow: [schedule], to: [bob], runbooks: \"fix*\"}"
        let runbooks = ["fix": Self.runbook(), "other": Self.runbook("other")]
        try await with(runbooks, access: access) { site in
            try site.folder.write(
                "inventory/schedules.yaml",
                """
                schema_version: 1
                schedules:
                  own: {runbook: fix, cron: "0 4 * * *", nodes: n1}
                  foreign: {runbook: other, cron: "0 4 * * *", nodes: n1}
                """)
            #expect(try site.run("bob", "schedule", "pause", "own").status == 0)
            let refused = try site.run("bob", "schedule", "pause", "foreign")
            #expect(refused.status == 2 && refused.error.contains("may not schedule"), "\(refused.error)")
            #expect(try site.run("bob", "schedule", "resume", "--all").status == 2)
            #expect(try site.run("bob", "schedule", "resume", "own").status == 0)
        }
    }

    @Test func aStandingApprovalIsGivenForWhatWasRead() async throws {
        try await with(["fix": Self.runbook(minimum: 1)]) { site in
            let words = [
                "standing", "give", "fix", "--nodes", "n1", "--count", "2", "--expires", "1d", "--reason", "hygiene",
                "--key", site.folder.path("keys/alice"),
            ]
            let unread = try site.run(words: "alice", words)
            #expect(unread.status == 2)
            #expect(
                unread.error.contains("on 1 node: n1") && unread.error.contains("at most 2 runs"), "\(unread.error)")
            #expect(unread.error.contains("There is no terminal to ask at"))
            let shown = try site.run(words: "alice", words + ["--show", "--output", "jsonl"])
            let digest = try #require(shown.last["digest"] as? String)
            // The runbook's files are others by now.
            try site.folder.write("runbooks/fix.yaml", try site.folder.read("runbooks/fix.yaml") + "\n")
            let stale = try site.run(words: "alice", words + ["--scope", digest])
            #expect(stale.status == 2 && stale.error.contains("The scope is another by now"), "\(stale.error)")
            #expect(try site.audit().allSatisfy { $0.action != "standing.given" })
        }
    }

    @Test func aStandingApprovalIsGoodSoOftenAndNoMore() async throws {
        try await with(["fix": Self.runbook(minimum: 1)]) { site in
            func give(_ count: String) throws -> ApprovalSite.Result { try site.standing("n1", count) }
            let given = try give("1")
            #expect(given.status == 0, "\(given.error)")
            let first = try site.run("carol", "apply", "fix", "--nodes", "n1", "--yes", "--output", "jsonl")
            #expect(first.status == 0, "\(first.output)\(first.error)")
            let list = try site.run("carol", "standing", "list", "--output", "jsonl")
            #expect(list.last["uses"] as? Int == 1, "\(list.output)")
            try FileManager.default.removeItem(atPath: site.folder.path("node/done"))
            _ = try site.waiting()
            // The giver's own runs are not covered by it, and a revoked one covers nothing.
            let again = try give("5")
            let id = try #require(again.last["id"] as? String)
            let own = try site.run("alice", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(own.status == 3, "\(own.output)\(own.error)")
            #expect(try site.run("alice", "standing", "revoke", id).status == 0)
            let other = try site.waiting().run
            #expect(try site.audit(other).allSatisfy { $0.action != "standing.used" })
            let all = try site.audit().map(\.action)
            #expect(
                all.filter { $0.hasPrefix("standing") } == [
                    "standing.given", "standing.used", "standing.given", "standing.revoked",
                ])
        }
    }

    @Test func theGlassIsBrokenByThoseWhoMay() async throws {
        try await with { site in
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

    @Test func whoStaysSeesItGoOn() async throws {
        try await with(["fix": Self.runbook(minimum: 1)]) { site in
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

    @Test func approvalsAreGivenBeforeTheWindowAndUsedOnceItIsOpen() async throws {
        let runbook = Self.runbook(
            minimum: 1,
            approve: "approve: {approvers: [\"role:leads\"], min_approvals: 1}\nwindow: {calendar: nightly}",
            steps: Self.make.replacing("effect: once", with: "effect: once\n    gate: window"))
        try await with(["fix": runbook]) { site in
            func window(from start: Int) throws {
                let format = Date.ISO8601FormatStyle().year().month().day().time(includingFractionalSeconds: false)
                let open = Date(timeIntervalSinceNow: Double(start))
                let close = open.addingTimeInterval(3600)
                try site.folder.write(
                    "inventory/windows.yaml",
                    """
                    schema_version: 1
                    windows:
                      nightly:
                        timezone: UTC
                        open: [{name: change, start: \(open.formatted(format)), end: \(close.formatted(format))}]
                    """)
            }
            try window(from: 7200)
            let early = try site.run("carol", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(early.status == 2, "\(early.output)\(early.error)")
            let process = try site.start("carol", "apply", "fix", "--nodes", "n1", "--yes", "--wait")
            let (run, plan) = try await site.waits("fix")
            let given = try site.approve("alice", run, plan)
            #expect(given.status == 0, "\(given.error)")
            var phase = ""
            for _ in 0..<100 where phase != "waiting_window" {
                phase = try site.phase(of: run)
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(phase == "waiting_window")
            #expect(try site.audit(run).allSatisfy { $0.action != "approval.used" })
            #expect(site.node("count").isEmpty)
            try window(from: -60)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(site.node("count") == "x\n")
            let actions = try site.audit(run).map(\.action)
            #expect(actions.filter { $0 == "approval.used" || $0 == "window.entered" }.count == 2, "\(actions)")
        }
    }

    @Test func theAccessFileHoldsForEveryCommand() async throws {
        try await with { site in
            let (run, _) = try site.waiting()
            for words in [
                ["apply", "fix", "--nodes", "n1", "--dry-run"], ["diagnose", "fix", "--nodes", "n1"],
                ["plan", "fix", "--nodes", "n1"], ["exec", "--nodes", "n1", "--", "true"], ["show", run],
                ["logs", run],
                ["report", run], ["audit", "list"], ["audit", "verify"], ["rollback", run, "--yes"], ["cancel", run],
                ["approvals"], ["db", "backup", site.folder.path("copy.db")],
            ] {
                let result = try site.run(words: "dave", words)
                #expect(result.status == 2, "\(words): \(result.output)\(result.error)")
                #expect(result.error.contains("dave may not"), "\(words): \(result.error)")
            }
            let runs = try site.run("dave", "runs", "--output", "jsonl")
            #expect(runs.output.isEmpty)
            let refusals = try site.audit().filter { $0.action == "access.refused" }
            #expect(refusals.count == 13)
            let check = try site.run("carol", "access", "check", "carol", "apply", "--runbook", "fix", "--nodes", "n1")
            #expect(check.status == 0, "\(check.output)")
            #expect(check.output.contains("access.yaml:9:7"), "\(check.output)")
            let no = try site.run("carol", "access", "check", "dave", "exec", "--nodes", "n1")
            #expect(no.status == 2)
            #expect(no.output.contains("no rule of the access file allows it"))
        }
    }
}
