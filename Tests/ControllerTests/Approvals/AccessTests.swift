import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Who may do what, through the built program.
@Suite(.serialized, .nodesOfThisMachine) struct AccessTests {
    @Test func whoMayPauseTheJobsOfOneRunbookMayNotPauseOthers() async throws {
        let access = ApprovalSite.access + "\n    - {allow: [schedule], to: [bob], runbooks: \"fix*\"}"
        let runbooks = ["fix": ApprovalSite.runbook(), "other": ApprovalSite.runbook("other")]
        try await ApprovalSite.with(runbooks, access: access) { site in
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

    @Test func whoKeepsTheKeysOfSomeNodesKeepsNoOthers() async throws {
        let access = ApprovalSite.access + "\n    - {allow: [maintain], to: [bob], nodes: n1}"
        try await ApprovalSite.with(access: access) { site in
            try site.folder.write("inventory/more.yaml", "schema_version: 1\nnodes: {n2: {address: 127.0.0.1}}\n")
            let own = try site.run("bob", "nodes", "keys", "accept", "n1")
            #expect(own.status == 0, "\(own.error)")
            for words in [
                ["nodes", "keys", "accept", "n[1-2]"], ["nodes", "keys", "forget", "n2"], ["db", "vacuum"],
            ] {
                let refused = try site.run(words: "bob", words)
                #expect(refused.status == 2 && refused.error.contains("bob may not maintain"), "\(refused.error)")
            }
        }
    }

    @Test func theAccessFileHoldsForEveryCommand() async throws {
        try await ApprovalSite.with { site in
            let (run, _) = try site.waiting()
            for words in [
                ["apply", "fix", "--nodes", "n1", "--dry-run"], ["diagnose", "fix", "--nodes", "n1"],
                ["plan", "fix", "--nodes", "n1"], ["exec", "--nodes", "n1", "--", "true"],
                ["nodes", "ping", "n1"], ["show", run], ["logs", run],
                ["report", run], ["audit", "list"], ["audit", "verify"], ["rollback", run, "--yes"], ["cancel", run],
                ["approvals"], ["db", "backup", site.folder.path("copy.db")],
                ["db", "prune", "--days", "1"], ["db", "vacuum"], ["nodes", "keys", "accept", "n1"],
                ["nodes", "keys", "forget", "n1"], ["audit", "anchor"],
                ["audit", "accept", "--reason", "x", "--key", site.folder.path("keys/alice")],
            ] {
                let anchors = words[0] == "audit" ? ["RUNBOOK_ANCHORS": "file:" + site.folder.path("anchors")] : [:]
                let result = try site.run(words: "dave", words, anchors)
                #expect(result.status == 2, "\(words): \(result.output)\(result.error)")
                #expect(result.error.contains("dave may not"), "\(words): \(result.error)")
            }
            let runs = try site.run("dave", "runs", "--output", "jsonl")
            #expect(runs.output.isEmpty)
            let refusals = try site.audit().filter { $0.action == "access.refused" }
            #expect(refusals.count == 20)
            #expect(refusals.count { $0.detail["action"] == "maintain" } == 6)
            #expect(!FileManager.default.fileExists(atPath: site.folder.path("anchors")))
            let check = try site.run("carol", "access", "check", "carol", "apply", "--runbook", "fix", "--nodes", "n1")
            #expect(check.status == 0, "\(check.output)")
            #expect(check.output.contains("access.yaml:9:7"), "\(check.output)")
            let no = try site.run("carol", "access", "check", "dave", "exec", "--nodes", "n1")
            #expect(no.status == 2)
            #expect(no.output.contains("no rule of the access file allows it"))
        }
    }
}
