import Foundation
import Glibc
import TestSupport
import Testing

/// What every command prints for a program that reads it, through the built program on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct OutputFormTests {
    private static let free = """
        schema_version: 1
        name: free
        version: 1
        title: Puts a file there
        targets: "@*"
        detect:
          - {name: there, probe: test -e NODE/done, healthy: {exit: 0}}
        steps:
          - name: make
            effect: once
            run: touch NODE/done
            undo: rm -f NODE/done
        verify: [detect]
        """

    /// Not tried here: `serve` prints a line for each thing that happens, and `test` boots nodes.
    private static let others: Set<String> = ["help", "serve", "test"]

    private func with(_ body: (ApprovalSite) async throws -> Void) async throws {
        let access = ApprovalSite.access + "\n    - {allow: [exec], to: [carol]}"
        let runbooks = ["fix": ApprovalSite.runbook(minimum: 1), "free": Self.free]
        try await ApprovalSite.with(runbooks, access: access) { site in
            try site.folder.write(
                "inventory/more.yaml",
                """
                schema_version: 1
                nodes: {n2: {address: 127.0.0.1}}
                groups: {second: n2}
                notify: {quiet: {plugin: quiet}}
                windows: {past: {timezone: UTC, open: [{name: once, start: 2020-01-01T00:00, duration: 1h}]}}
                schedules: {nightly: {runbook: free, cron: "0 4 * * *", nodes: n1}}

                """)
            try addReceiver(to: site)
            try await body(site)
        }
    }

    /// A plugin that takes every message and does nothing with it.
    private func addReceiver(to site: ApprovalSite) throws {
        let place = "plugins/notify/quiet"
        try FileManager.default.createDirectory(
            atPath: site.folder.path(place), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try site.folder.write(
            place + "/plugin.yaml",
            "schema_version: 1\nname: quiet\nkind: notify\nsummary: Takes all.\nexecutable: quiet\n")
        try site.folder.write(place + "/quiet", "#!/bin/sh\ncat >/dev/null\necho '{}'\n")
        chmod(site.folder.path(place + "/quiet"), 0o700)
    }

    private func run(
        _ site: ApprovalSite, _ command: String, _ arguments: [String], as format: String
    ) throws -> ApprovalSite.Result {
        let user = ["approve", "deny", "standing give", "standing revoke"].contains(command) ? "alice" : "carol"
        var environment = ["RUNBOOK_PLUGINS": site.folder.path("plugins"), "RUNBOOK_PLUGIN_SANDBOX": "none"]
        if ["audit anchor", "audit accept"].contains(command) {
            environment["RUNBOOK_ANCHORS"] = "file:" + site.folder.path("anchors")
        }
        let words = command.split(separator: " ").map(String.init) + ["--output", format] + arguments
        return try site.run(words: user, words, environment)
    }

    /// Runs every command, gives `check` what it was and what came of it.
    private func walk(
        as format: String, _ check: (_ command: String, _ arguments: [String], ApprovalSite.Result) -> Void
    ) async throws {
        try await with { site in
            let (waits, cancelled, denied) = (try site.waiting(), try site.waiting(), try site.waiting())
            let far = try site.waiting().run
            let standing = try #require(try site.standing("n1", "1").last["id"] as? String)
            let key = site.folder.path("keys/alice")
            // Its machine is no more.
            try PluginSite.shell(
                "sqlite3 '\(site.folder.path("state/runbook.db"))' \"UPDATE runs SET owner = 'far b n 1 1' WHERE id = '\(far)'\""
            )
            try site.folder.write("bad.yaml", "schema_version: 1\nname: bad\n")
            let rows: [(command: String, arguments: [String])] = [
                ("standing give", ["fix", "-n", "n1", "--count", "1", "--expires", "1d", "--reason", "x", "--show"]),
                ("standing list", []), ("standing revoke", [standing]),
                ("nodes list", []), ("nodes expand", ["n[1-3]"]), ("nodes fold", ["n1", "n2"]), ("nodes groups", []),
                ("nodes show", ["n1"]), ("nodes show", ["n[1-2]"]), ("nodes ping", ["n[1-2]"]),
                ("list", []), ("describe", ["fix"]), ("cases", []), ("lint", [site.folder.path("bad.yaml")]),
                ("new", ["restart-chrony"]), ("schema", ["runbook"]),
                ("apply", ["free", "-n", "n1", "--yes"]), ("rollback", ["last", "--yes"]),
                ("plan", ["free", "-n", "n1"]), ("diagnose", ["free", "-n", "n1"]), ("resume", [waits.run]),
                ("cancel", [cancelled.run]),
                ("approvals list", []), ("approve", [waits.run, "--show"]),
                ("access check", ["carol", "apply", "--runbook", "fix", "-n", "n1"]),
                ("window list", []), ("window next", ["past"]), ("window check", ["past"]),
                ("schedule list", []), ("schedule next", ["nightly"]), ("schedule run", ["nightly", "--yes"]),
                ("schedule pause", ["nightly"]), ("schedule resume", ["nightly"]), ("schedule history", []),
                ("notify list", []), ("notify test", ["quiet"]), ("notify outbox", []),
                ("exec", ["-n", "n1", "--", "sh", "-c", "echo out; echo err >&2"]),
                ("runs", []), ("show", ["last"]), ("report", ["last"]), ("logs", ["last"]),
                ("logs", ["last", "--follow"]), ("metrics", []),
                ("audit list", []), ("audit show", ["1"]), ("audit export", ["-o", site.folder.path("export")]),
                ("audit verify", []), ("audit verify", [site.folder.path("export")]),
                ("audit anchor", []), ("audit accept", ["--reason", "x", "--key", key]),
                ("plugin list", []), ("plugin test", [site.folder.path("plugins/notify/quiet")]),
                ("db check", []), ("db backup", [site.folder.path("copy.db")]), ("db vacuum", []),
                ("db prune", ["--days", "1"]), ("db disown", [far, "--reason", "x"]),
                ("doctor", []), ("completions", ["bash"]), ("version", []),
                ("nodes keys forget", ["n[1-2]"]), ("nodes keys accept", ["n[1-2]"]),
                ("deny", [denied.run, "--plan", denied.plan, "--key", key, "--reason", "x"]),
            ]
            for (command, arguments) in rows {
                check(command, arguments, try run(site, command, arguments, as: format))
            }
            // What goes on with it in the background is over.
            _ = try await site.ending(of: denied.run)
            let all = try CommandTree(site.run("carol", "--experimental-dump-help").output).leaves
            #expect(Set(all) == Set(rows.map { $0.command }).union(Self.others))
        }
    }

    @Test(.timeLimit(.minutes(10))) func everyCommandPrintsOneDocumentAsJSON() async throws {
        try await walk(as: "json") { command, arguments, result in
            let document = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
            #expect(document != nil, "\(command) \(arguments): \(result.status) \(result.output)\(result.error)")
        }
    }

    @Test func groupsAndRolesAreAnArrayAsJSON() async throws {
        try await with { site in
            try site.folder.write("inventory/roles.yaml", "schema_version: 1\nroles: {keeper: n1}\n")
            let result = try run(site, "nodes groups", [], as: "json")
            let found = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
            let groups = try #require(found, "\(result.output)\(result.error)")
            for (name, nodes) in [("@second", "n2"), ("role:keeper", "n1")] {
                let group = try #require(groups.first { $0["group"] as? String == name }, "\(result.output)")
                #expect(group["type"] as? String == "group")
                #expect(group["nodes"] as? String == nodes)
                #expect(group["count"] as? Int == 1)
            }
        }
    }

    /// Nothing has happened of which these tell.
    private static let silent: Set<String> = ["cases", "window next", "schedule history", "notify outbox"]

    /// Their lines are the very bytes that are hashed.
    private static let exact: Set<String> = ["audit list", "audit show"]

    @Test(.timeLimit(.minutes(10))) func everyLineOfEveryCommandIsAnObjectWithItsTypeAsJSONLines() async throws {
        try await walk(as: "jsonl") { command, arguments, result in
            let said = "\(command) \(arguments): \(result.status) \(result.output)\(result.error)"
            let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(!lines.isEmpty || Self.silent.contains(command), "\(said)")
            for line in lines {
                let object = ApprovalSite.Result.object(String(line))
                #expect(object[Self.exact.contains(command) ? "action" : "type"] is String, "\(line) of \(said)")
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func whatWasDoneIsALineWithItsTypeAndTimeAsJSONLines() async throws {
        try await with { site in
            let (waits, cancelled) = (try site.waiting(), try site.waiting().run)
            let (copy, statement) = (site.folder.path("copy.db"), site.folder.path("statement"))
            let (key, chrony) = (site.folder.path("keys/alice"), "restart-chrony")
            let write = [waits.run, "--plan", waits.plan, "--as", "alice", "--write", statement]
            let deny = [waits.run, "--plan", waits.plan, "--key", key, "--reason", "x"]
            let standing = try #require(try site.standing("n1", "1").last["id"] as? String)
            let rows: [(command: String, arguments: [String], has: [String: String])] = [
                ("cancel", [cancelled], ["type": "run_cancelled", "run": cancelled]),
                ("approve", [waits.run, "--show"], ["type": "approval_pending"]),
                ("approve", write, ["type": "statement_written", "run": waits.run, "path": statement]),
                ("schedule pause", ["nightly"], ["type": "job_paused", "job": "nightly"]),
                ("schedule resume", ["nightly"], ["type": "job_resumed", "job": "nightly"]),
                ("schedule resume", ["--all"], ["type": "schedules_resumed"]),
                ("notify test", ["quiet"], ["type": "message_sent", "receiver": "quiet"]),
                ("new", [chrony], ["type": "runbook_created", "name": chrony]),
                ("db backup", [copy], ["type": "database_backed_up", "path": copy]),
                ("db vacuum", [], ["type": "database_vacuumed"]),
                ("db prune", ["--days", "1"], ["type": "database_pruned"]),
                ("audit anchor", [], ["type": "audit_anchored"]),
                ("audit accept", ["--reason", "x", "--key", key], ["type": "audit_accepted"]),
                ("metrics", [], ["type": "metrics"]), ("completions", ["bash"], ["type": "completions"]),
                ("nodes keys forget", ["n1"], ["type": "host_key", "node": "n1"]),
                ("nodes keys accept", ["n1"], ["type": "host_key", "node": "n1"]),
                ("audit export", ["-o", site.folder.path("export")], ["type": "audit_exported"]),
                ("standing revoke", [standing], ["type": "standing_revoked", "id": standing]),
                ("deny", deny, ["type": "decision_given", "run": waits.run]),
            ]
            for (command, arguments, has) in rows {
                let result = try run(site, command, arguments, as: "jsonl")
                let said = "\(command) \(arguments): \(result.output)\(result.error)"
                #expect(result.status == 0, "\(said)")
                #expect(result.output.split(separator: "\n").count == 1, "\(said)")
                let texts = result.last.compactMapValues { $0 as? String }
                #expect(texts.merging(has) { $1 } == texts, "\(said)")
                #expect(texts["time"]?.prefixMatch(of: /[-\d]{10}T[:\d]{8}\.\d/) != nil, "\(said)")
            }
            // What goes on with it in the background is over.
            _ = try await site.ending(of: waits.run)
        }
    }
}
