import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// What an approval is good for, and what makes it void.
@Suite(.serialized, .nodesOfThisMachine) struct ApprovalValidityTests {
    @Test func whatHasDriftedNeedsANewApproval() async throws {
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1)]) { site in
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
        try await ApprovalSite.with { site in
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
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1)]) { site in
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
        try await ApprovalSite.with { site in
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

    @Test func whatHasExpiredDoesNotReviveWhenTheClockIsSetBack() async throws {
        let approve = "approve: {approvers: [\"role:leads\"], min_approvals: 2, expires: 2m}"
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(approve: approve)]) { site in
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
        try await ApprovalSite.with { site in
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

    @Test func approvalsAreGivenBeforeTheWindowAndUsedOnceItIsOpen() async throws {
        let runbook = ApprovalSite.runbook(
            minimum: 1,
            approve: "approve: {approvers: [\"role:leads\"], min_approvals: 1}\nwindow: {calendar: nightly}",
            steps: ApprovalSite.make.replacing("effect: once", with: "effect: once\n    gate: window"))
        try await ApprovalSite.with(["fix": runbook]) { site in
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
            #expect(try await becomes { try site.phase(of: run) == "waiting_window" })
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
}
