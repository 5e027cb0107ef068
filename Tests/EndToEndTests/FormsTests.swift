import Foundation
import Testing

extension OnThisMachine {
    /// What is asked for as JSON is JSON and nothing else.
    @Suite struct FormsTests {
        private static let talks = """
            steps:
              - {name: first, run: echo one, undo: "true"}
              - {name: second, run: echo two, undo: "true"}
            verify:
              - {name: holds, probe: "true", healthy: {exit: 0}}

            """

        @Test func followingIsJSONLinesWithTheSummaryAtTheEnd() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                try site.runbook("apply", "talks", "--yes")
                let lines = try site.runbook("logs", "last", "--follow", "--output", "jsonl").objects
                #expect(!lines.contains { $0["wrong"] != nil }, "\(lines)")
                let types = lines.compactMap { $0["type"] as? String }
                for line in lines {
                    #expect(line["time"] is String && line["run"] is String, "\(line)")
                }
                // What a step has printed comes right before its end, and is of that time.
                let pairs = zip(lines, lines.dropFirst()).filter { $0.0["type"] as? String == "output" }
                #expect(pairs.count > 1)
                for (output, next) in pairs {
                    #expect(output["time"] as? String == next["time"] as? String, "\(output) \(next)")
                }
                #expect(types.first == "run_started")
                #expect(types.contains("output"))
                #expect(types.last == "summary")
            }
        }

        @Test func outputsAreOneDocumentWhetherFollowedOrNot() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                try site.runbook("apply", "talks", "--yes")
                for words in [["logs", "last"], ["logs", "last", "--follow"]] {
                    let result = try Lab.run(site.words(words + ["--output", "json"]))
                    let document = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
                    let texts = (document as? [[String: Any]])?.compactMap { $0["text"] as? String } ?? []
                    #expect(texts.contains("one\n") && texts.contains("two\n"), "\(words): \(result.output)")
                }
            }
        }

        @Test func followingPrintsWhatAStepSaidBeforeTheNextOneIsOver() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                try site.runbook("apply", "talks", "--yes")
                let lines = try site.runbook("logs", "last", "--follow").output.split(separator: "\n")
                let one = try #require(lines.firstIndex(of: "one"))
                let second = try #require(lines.firstIndex { $0.hasPrefix("controller: second: changed") })
                #expect(one < second)
                #expect(lines.count { $0 == "one" } == 1)
                let only = try site.runbook("logs", "last", "--follow", "--step", "second").output
                #expect(!only.contains("one") && !only.contains("first"))
                #expect(only.contains("two"))
            }
        }

        @Test func aStepsLinesAreShownWhileItGoesOn() throws {
            let waits = """
                parameters: {flag: {type: path, description: What it waits for}}
                steps:
                  - name: waits
                    run: |
                      echo begun
                      for i in $(seq 600); do [ -e "$flag" ] && break; sleep 0.1; done
                      echo done
                    irreversible: true
                  - {name: secret, run: echo hidden, irreversible: true, sensitive: true}
                verify:
                  - {name: holds, probe: "true", healthy: {exit: 0}}

                """
            try ControllerSite.with(runbooks: ["waits": waits]) { site in
                let (flag, shown) = (site.folder + "/flag", site.folder + "/shown")
                let start = try site.runbook("apply", "waits", "--yes", "--detach", "--param", "flag=\(flag)")
                let run = try #require(start.output.firstMatch(of: /Run ([0-9a-f]{8})/), "\(start.error)").output.1
                let script = "out=$1; shift; \"$@\" >\"$out\" 2>&1 & echo $!"
                let words = site.words(["logs", String(run), "--follow"])
                _ = try Lab.run(["/bin/sh", "-c", script, "sh", shown] + words)
                func text() -> String { (try? String(contentsOfFile: shown, encoding: .utf8)) ?? "" }
                for _ in 0..<300 where !text().contains("controller: waits | begun") { usleep(100_000) }
                #expect(text().contains("controller: waits | begun\n"), "\(text())")
                #expect(!text().contains("done"))
                #expect(FileManager.default.createFile(atPath: flag, contents: nil))
                let whole = try site.runbook("logs", String(run), "--follow")
                #expect(whole.status == 0)
                for _ in 0..<300 where !text().contains("run is finished") && !text().contains("remediated") {
                    usleep(100_000)
                }
                #expect(text().contains("controller: waits | done\n"), "\(text())")
                // It began after the reader did.
                #expect(!text().contains("hidden"))
                #expect(text().contains("sensitive"))
            }
        }

        @Test func aReportIsJSONWhereThatIsAskedFor() throws {
            try ControllerSite.with(runbooks: ["talks": Self.talks]) { site in
                try site.runbook("apply", "talks", "--yes")
                let lines = try site.runbook("report", "last", "--output", "jsonl").objects
                #expect(!lines.contains { $0["wrong"] != nil })
                #expect(lines.compactMap { $0["type"] as? String }.last == "summary")
                #expect(lines.contains { $0["type"] as? String == "output" && $0["text"] as? String == "two\n" })
                let whole = try site.runbook("report", "last", "--output", "json")
                #expect(whole.document["plan_digest"] != nil && whole.document["plan"] != nil)
                #expect((whole.document["outputs"] as? [[String: Any]])?.isEmpty == false)
                #expect((whole.document["run"] as? [String: Any])?["phase"] as? String == "finished")
            }
        }

        @Test func aMistypedCommandIsTold() throws {
            for (words, near) in [
                (["aply", "x", "--nodes", "n1"], "apply"), (["nodes", "lst", "@x"], "list"),
                (["audit", "verfy"], "verify"),
            ] {
                let result = try Lab.run([Lab.root + "/.build/debug/runbook"] + words)
                #expect(result.status == 64)
                #expect(result.error.contains("Did you mean '\(near)'?"), "\(words): \(result.error)")
            }
            #expect(try Lab.run([Lab.root + "/.build/debug/runbook", "frobnicate"]).error.contains("no command"))
        }
    }
}
