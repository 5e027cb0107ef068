import Foundation
import Testing

extension OnThisMachine {
    /// Lists that are narrowed down, and what shells and editors ask for.
    @Suite struct ListingTests {
        private static let good = """
            steps:
              - {name: first, run: echo one, irreversible: true}
            verify:
              - {name: holds, probe: "true", healthy: {exit: 0}}

            """
        private static let bad = "on_failure: stop\n" + good.replacingOccurrences(of: "echo one", with: "exit 4")

        @Test func runsAreChosenByOutcomeStateAndTime() throws {
            try ControllerSite.with(runbooks: ["good": Self.good, "bad": Self.bad]) { site in
                try site.runbook("apply", "good", "--yes")
                try site.runbook("apply", "bad", "--yes")
                func runs(_ words: String...) throws -> [String] {
                    try Lab.run(site.words(["runs", "--output", "jsonl"] + words)).objects.map {
                        $0["runbook"] as? String ?? "?"
                    }
                }
                #expect(try runs() == ["bad", "good"])
                #expect(try runs("--outcome", "failed,rolled_back") == ["bad"])
                #expect(try runs("--outcome", "remediated", "--limit", "1") == ["good"])
                #expect(try runs("--state", "finished", "--runbook", "good") == ["good"])
                #expect(try runs("--state", "running,waiting_approval") == [])
                #expect(try runs("--since", "1h") == ["bad", "good"])
                #expect(try runs("--until", "2020-01-01") == [])
                let none = try site.runbook("apply", "bad", "--from-run", "last", "--state", "unreachable", "--yes")
                #expect(none.status == 4 && none.error.contains("mend: How they ended"), "\(none.error)")
                let wrong = try site.runbook("runs", "--state", "finnished")
                #expect(wrong.status == 64)
                #expect(wrong.error.contains("Did you mean 'finished'?"))
            }
        }

        @Test func auditRecordsAreChosenByGroupsAndByNodesThatTheInventoryHasNoMore() throws {
            let head = "schema_version: 1\ngroups: {web: n1}\nnodes: "
            let both = head + "{n1: {address: 192.0.2.1}, n2: {address: 192.0.2.2}}\n"
            try ControllerSite.with(runbooks: ["good": Self.good], inventory: both) { site in
                func run(_ words: String...) throws -> Lab.Result {
                    try Lab.run(["/usr/bin/env", "RUNBOOK_KNOWN_HOSTS=\(site.folder)/known_hosts"] + site.words(words))
                }
                func nodes(_ set: String) throws -> [String] {
                    try run("audit", "list", "--nodes", set, "--output", "jsonl").objects.map {
                        $0["nodes"] as? String ?? "?"
                    }
                }
                for node in ["n1", "n2"] {
                    let forgotten = try run("nodes", "keys", "forget", node)
                    #expect(forgotten.status == 0, "\(forgotten.error)")
                }
                #expect(try nodes("@web") == ["n1"])
                #expect(try nodes("n*") == ["n1", "n2"])
                try Data((head + "{n1: {address: 192.0.2.1}}\n").utf8)
                    .write(to: URL(fileURLWithPath: site.folder + "/inventory/site.yaml"))
                #expect(try nodes("n2") == ["n2"])
                #expect(try nodes("@web,n2") == ["n1", "n2"])
                #expect(try run("audit", "list", "--nodes", "@nobody").status == 4)
                let export = site.folder + "/export"
                #expect(try run("audit", "export", "--nodes", "@web", "-o", export).status == 0)
                let records = try String(contentsOfFile: export + "/records.jsonl", encoding: .utf8)
                #expect(records.split(separator: "\n").count == 1, "\(records)")
            }
        }

        @Test func nodesOfARunAreChosenByGroupsAndWildcardsAmongThoseThatItWasAbout() throws {
            let inventory = """
                schema_version: 1
                nodes: {controller: {address: 192.0.2.1}, n1: {address: 192.0.2.2}}
                groups: {all: "controller,n1", web: n1}

                """
            try ControllerSite.with(runbooks: ["good": Self.good], inventory: inventory) { site in
                try site.runbook("apply", "good", "--yes")
                for set in ["controller", "@all", "@*", "c*"] {
                    let shown = try site.runbook("show", "last", "--nodes", set)
                    #expect(shown.status == 0 && shown.output.contains("ended remediated"), "\(set): \(shown.error)")
                    #expect(!shown.output.contains("asked for as"), "nobody names the controller")
                    let logs = try site.runbook("logs", "last", "--nodes", set)
                    #expect(logs.status == 0 && logs.output.contains("one\n"), "\(set): \(logs.error)")
                }
                for set in ["n1", "@web", "n*", "@nobody", "controller,n1"] {
                    for words in [["show"], ["logs"], ["rollback", "--yes"]] {
                        let refused = try Lab.run(site.words(words + ["last", "--nodes", set]))
                        #expect(refused.status == 4, "\(words) \(set): \(refused.output)\(refused.error)")
                        #expect(refused.error.contains("mend: "), "\(words) \(set): \(refused.error)")
                    }
                }
            }
        }

        @Test func metricsCountRunsAndNodes() throws {
            try ControllerSite.with(runbooks: ["good": Self.good, "bad": Self.bad]) { site in
                try site.runbook("apply", "good", "--yes")
                try site.runbook("apply", "good", "--yes")
                try site.runbook("apply", "bad", "--yes")
                let metrics = try site.runbook("metrics")
                #expect(metrics.status == 0, "\(metrics.error)")
                let lines = metrics.output.split(separator: "\n")
                for line in [
                    "runbook_runs_total{runbook=\"good\",kind=\"apply\",exit_status=\"0\"} 2",
                    "runbook_runs_total{runbook=\"bad\",kind=\"apply\",exit_status=\"1\"} 1",
                    "runbook_nodes_total{runbook=\"good\",kind=\"apply\",outcome=\"remediated\"} 2",
                    "runbook_nodes_total{runbook=\"bad\",kind=\"apply\",outcome=\"failed\"} 1",
                    "runbook_runs_unfinished{phase=\"interrupted\"} 0", "runbook_outbox_messages{state=\"failed\"} 0",
                    "# TYPE runbook_runs_total counter",
                ] {
                    #expect(lines.contains { $0 == line }, "\(line): \(metrics.output)")
                }
                let records = try #require(lines.last { $0.hasPrefix("runbook_audit_records ") })
                #expect(Int(records.split(separator: " ")[1]) ?? 0 > 10)

                let families = try site.runbook("metrics", "--output", "json").document["metrics"] as? [[String: Any]]
                let nodes = try #require(families?.first { $0["name"] as? String == "runbook_nodes_total" })
                #expect(nodes["type"] as? String == "counter")
                let samples = try #require(nodes["samples"] as? [[String: Any]])
                let good = ["runbook": "good", "kind": "apply", "outcome": "remediated"]
                #expect(
                    samples.contains { $0["labels"] as? [String: String] == good && $0["value"] as? Int == 2 },
                    "\(samples)")
            }
        }

        @Test func shellsAreOfferedRunsNodeSetsJobsAndCalendars() throws {
            for shell in ["bash", "zsh", "fish"] {
                let script = try Lab.run([Lab.root + "/.build/debug/runbook", "completions", shell]).output
                for words in ["list", "runs", "nodes groups", "window list", "schedule list"] {
                    #expect(script.contains("runbook \(words) -q --names"), "\(shell): \(words)")
                }
            }
            let inventory = """
                schema_version: 1
                nodes: {n1: {address: 192.0.2.1}}
                groups: {web: n1}
                windows: {maintenance: {timezone: UTC, open: [{name: once, start: 2020-01-01T00:00, duration: 1h}]}}
                schedules: {nightly: {runbook: good, cron: "0 1 * * *"}}

                """
            try ControllerSite.with(runbooks: ["good": Self.good], inventory: inventory) { site in
                try site.runbook("apply", "good", "--yes")
                #expect(try site.runbook("runs", "-q", "--names").output.wholeMatch(of: /[0-9a-f]{8}\n/) != nil)
                #expect(try site.runbook("nodes", "groups", "-q", "--names").output == "@web\n")
                #expect(try site.runbook("window", "list", "-q", "--names").output == "maintenance\n")
                #expect(try site.runbook("schedule", "list", "-q", "--names").output == "nightly\n")
            }
        }

        @Test func bashCompletesAGroupThoughItCutsWordsAtItsSign() throws {
            let inventory = "schema_version: 1\nnodes: {n1: {address: 192.0.2.1}}\ngroups: {web: n1}\n"
            try ControllerSite.with(runbooks: ["good": Self.good], inventory: inventory) { site in
                let script = try site.runbook("completions", "bash").output
                try Data(script.utf8).write(to: URL(fileURLWithPath: site.folder + "/bashrc"))
                let typed = """
                    printf 'runbook nodes expand @w\\t\\nexit\\n' |
                        PATH=\(Lab.root)/.build/debug:$PATH HISTFILE=/dev/null INPUTRC=/dev/null TERM=dumb \
                        bash --rcfile \(site.folder)/bashrc -i
                    """
                let shown = try Lab.run(Array(site.words([]).dropLast()) + ["/bin/sh", "-c", typed])
                #expect(shown.output == "n1\n", "\(shown.error)")
            }
        }

        @Test func editorsAreGivenTheSchemaOfEachKindOfFile() throws {
            for (kind, key) in [
                ("runbook", "steps"), ("probes", "detect"), ("faults", "faults"), ("inventory", "nodes"),
                ("plugin", "kind"), ("cases", "cases"),
            ] {
                let schema = try Lab.run([Lab.root + "/.build/debug/runbook", "schema", kind])
                #expect(schema.status == 0)
                #expect(schema.document["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
                #expect((schema.document["properties"] as? [String: Any])?[key] != nil, "\(kind)")
            }
        }
    }
}
