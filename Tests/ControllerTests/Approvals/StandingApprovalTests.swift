import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Standing approvals through the built program, on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct StandingApprovalTests {
    @Test func aStandingApprovalIsGivenForWhatWasRead() async throws {
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1)]) { site in
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

    @Test func listsAndOtherValuesAreWrittenAsForTheRunItself() async throws {
        let parameters = """
            parameters:
              paths: {type: list<path>, description: What is looked at}
              keep: {type: duration, default: 7d, description: For how long}
            detect:
            """
        let runbook = ApprovalSite.runbook(minimum: 1).replacing("detect:\n", with: parameters + "\n")
        try await ApprovalSite.with(["fix": runbook]) { site in
            func give(_ keep: String) throws -> ApprovalSite.Result {
                let words = [
                    "standing", "give", "fix", "--nodes", "n1", "--param", "paths=/srv/data,/etc", "--param",
                    "keep=\(keep)", "--count", "9", "--expires", "1d", "--reason", "hygiene", "--output", "jsonl",
                ]
                let shown = try site.run(words: "alice", words + ["--show"])
                guard let digest = shown.last["digest"] as? String else { return shown }
                return try site.run(
                    words: "alice", words + ["--key", site.folder.path("keys/alice"), "--scope", digest])
            }
            func apply(_ paths: String) throws -> ApprovalSite.Result {
                try site.run("carol", "apply", "fix", "--nodes", "n1", "--yes", "--param", "paths=\(paths)")
            }
            let wrong = try give("soon")
            #expect(wrong.status == 64 && wrong.error.contains("Parameter 'keep'"), "\(wrong.error)")
            let given = try give("168h")
            #expect(given.status == 0, "\(given.error)")
            for other in ["/etc", "/etc,/srv/data"] {
                let waiting = try apply(other)
                #expect(waiting.status == 3, "\(other): \(waiting.output)\(waiting.error)")
            }
            let applied = try apply("/srv/data,/etc")
            #expect(applied.status == 0, "\(applied.output)\(applied.error)")
        }
    }

    @Test func aStandingApprovalIsGoodSoOftenAndNoMore() async throws {
        try await ApprovalSite.with(["fix": ApprovalSite.runbook(minimum: 1)]) { site in
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
}
