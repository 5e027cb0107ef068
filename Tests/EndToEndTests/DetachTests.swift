import Foundation
import Testing

extension OnThisMachine {
    /// Runs that go on in the background are known by their id, and nothing that they are refused is lost.
    @Suite struct DetachTests {
        private static let talks = """
            steps:
              - {name: first, run: sleep 1; echo one, irreversible: true}
            verify:
              - {name: holds, probe: "true", healthy: {exit: 0}}

            """

        @Test func theRunIsTold() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                let start = try site.runbook("apply", "talks", "--yes", "--detach")
                #expect(start.status == 3)
                let run = try #require(start.output.firstMatch(of: /Run ([0-9a-f]{8}) goes on/), "\(start.output)")
                    .output.1
                #expect(start.output.contains("runbook logs \(run) --follow"))
                let log = try site.runbook("logs", String(run), "--follow")
                #expect(log.output.contains(/(\n|\| )one\n/), "\(log.output)\(log.error)")
                #expect(try site.runbook("show", String(run)).output.contains("remediated"))
            }
        }

        @Test func theRunIsToldAsALineOfJSON() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                let lines = try site.runbook("apply", "talks", "--yes", "--detach", "--output", "jsonl").objects
                #expect(lines.count == 1)
                #expect(lines.last?["type"] as? String == "detached")
                let run = try #require(lines.last?["run"] as? String)
                #expect(run.count == 32)
                let shown = try site.runbook("show", run, "--output", "jsonl").objects
                let begun = try #require(shown.first?["time"] as? String)
                let told = try #require(lines.last?["time"] as? String)
                #expect(told >= begun)
                #expect(
                    try site.runbook("logs", run, "--follow", "--output", "jsonl").summary["exit_status"] as? Int == 0)
            }
        }

        @Test func aRefusalBeforeTheRunIsSaidWithItsStatus() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                let anchors = "RUNBOOK_ANCHORS=file:\(site.folder)/anchors"
                #expect(try Lab.run(["/usr/bin/env", anchors] + site.words(["apply", "talks", "--yes"])).status == 0)
                // The anchor knows of records that a new database does not have.
                try FileManager.default.removeItem(atPath: site.folder + "/db")
                let start = try Lab.run(
                    ["/usr/bin/env", anchors] + site.words(["apply", "talks", "--yes", "--detach"]))
                #expect(start.status == 2, "\(start.output)")
                #expect(start.output.isEmpty)
                #expect(start.error.contains("error: "), "\(start.error)")
            }
        }

        @Test func aRefusalOfTheRunIsOnRecord() throws {
            let windows = """
                schema_version: 1
                nodes: {n1: {address: 192.0.2.1}}
                windows:
                  maintenance:
                    timezone: UTC
                    open: [{name: once, start: 2020-01-01T00:00, duration: 1h}]

                """
            let gated = Self.talks.replacingOccurrences(of: "irreversible", with: "gate: window, irreversible")
            try ControllerSite.with(
                runbooks: ["talks": "window: {calendar: maintenance}\n" + gated], inventory: windows
            ) { site in
                let start = try site.runbook("apply", "talks", "--yes", "--detach", "--output", "jsonl")
                let run = try #require(start.summary["run"] as? String, "\(start.error)")
                let end = try site.runbook("logs", run, "--follow", "--output", "jsonl").summary
                #expect(end["exit_status"] as? Int == 2)
                #expect((end["stop_reason"] as? String)?.contains("maintenance") == true, "\(end)")
            }
        }
    }
}
