import Testing

extension OnThisMachine {
    /// What a person has to do is shown whole, or with the way to the whole.
    @Suite struct AdviceTests {
        private static func runbook(_ remedy: String) -> String {
            """
            detect:
              - {name: looks, probe: exit 3, healthy: {exit: 0}, causes: [{id: odd, when: {exit: 3}}]}
            steps:
              - name: tell
                advise:
                  title: Mend it by hand
                  severity: critical
                  text: |
                    The first line.
                    The second one.
                  evidence: [looks]
            \(remedy)
            """
        }

        private static let patch = runbook(
            "      patch: |\n        --- a/x\n        +++ b/x\n        -old\n        +n\u{200B}ew\n")
        private static let long = runbook(
            "      patch: |\n" + (1...60).map { "        +line \($0)\n" }.joined())
        private static let command = runbook("      command: runbook apply other --nodes n1\n")

        @Test func aRunPrintsPatchSeverityAndEvidence() throws {
            try ControllerSite.with(runbooks: ["hint": Self.patch]) { site in
                let output = try site.runbook("apply", "hint", "--yes").output
                #expect(
                    output.contains(
                        """
                        controller: Mend it by hand (critical)
                            The first line.
                            The second one.
                            evidence: looks
                            patch:
                                --- a/x
                                +++ b/x
                                -old
                                +n\\u{200b}ew

                        """), "\(output)")
                #expect(try site.runbook("show", "last").output.contains("        -old\n"))
            }
        }

        @Test func aLongPatchIsCutWithTheWayToAllOfIt() throws {
            try ControllerSite.with(runbooks: ["hint": Self.long]) { site in
                let output = try site.runbook("apply", "hint", "--yes").output
                let run = try #require(output.firstMatch(of: /Run ([0-9a-f]{8}) took/)).output.1
                #expect(output.contains("        +line 40\n"))
                #expect(!output.contains("+line 41"))
                #expect(output.contains("20 lines more; all of it: runbook show \(run) --output json"), "\(output)")
                #expect(try site.runbook("show", "last", "--output", "json").output.contains("+line 60"))
            }
        }

        @Test func theRunbooksPageHasThem() throws {
            try ControllerSite.with(runbooks: ["hint": Self.patch, "order": Self.command]) { site in
                let page = try site.runbook("describe", "hint", "--markdown").output
                #expect(page.contains("> **critical:** The first line. The second one.\n"), "\(page)")
                #expect(page.contains("Rests on *looks*."))
                #expect(page.contains("````diff\n--- a/x\n"))
                #expect(
                    try site.runbook("describe", "order", "--markdown").output.contains(
                        "````sh\nrunbook apply other --nodes n1\n````"))
            }
        }
    }
}
