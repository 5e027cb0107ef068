import Testing

extension OnThisMachine {
    /// What a runbook says of itself is all that it holds.
    @Suite struct DescribeTests {
        private static let whole = """
            parameters:
              size: {type: int, default: 7, description: How large}
              name: {type: string, description: Whose}
            requires:
              - {free_space: {path: /var, at_least: 2GiB}}
            strategy: {canary: [1], batch: 25%, limits: {rack: 2}, max_failures: 10%}
            approve: {approvers: ["role:leads"], min_approvals: 2, message: Drains nodes}
            window: {calendar: maintenance, on_close: rollback}
            schedule: {cron: "30 2 * * *", timezone: Europe/Berlin, parameters: {name: x}}
            steps:
              - {name: first, run: 'echo "$size $name"', undo: "true", gate: window}
            verify:
              - {name: it holds, probe: "true", healthy: {exit: 0}, within: 1m}
            always:
              - {name: tidy, run: "true", undo: "true"}
            notify: {on_failure: [pager]}

            """

        @Test func theTextHasAllOfIt() throws {
            try ControllerSite.with(runbooks: ["whole": Self.whole]) { site in
                let text = try site.runbook("describe", "whole").output
                for part in [
                    "(needed)", "7 ", "2GiB free in /var", "Proved by", "it holds, within 1m", "ALWAYS, AT THE END",
                    "tidy",
                    "canary 1, then 25 % at a time", "10 % are tolerated", "2 of one rack", "2 of role:leads",
                    "Drains nodes", "maintenance; when it closes: rollback", "30 2 * * * (Europe/Berlin)",
                    "on_failure pager",
                ] { #expect(text.contains(part), "\(part): \(text)") }
            }
        }

        @Test func theObjectHasAllOfIt() throws {
            try ControllerSite.with(runbooks: ["whole": Self.whole]) { site in
                let object = try site.runbook("describe", "whole", "--output", "json").document
                let parameters = try #require(object["parameters"] as? [[String: Any]])
                #expect(parameters.first?["default"] as? String == "7")
                #expect(parameters.last?["needed"] as? Bool == true)
                #expect((object["steps"] as? [[String: Any]])?.first?["gate"] as? String == "window")
                #expect((object["verify"] as? [[String: Any]])?.first?["within"] as? String == "1m")
                #expect((object["always"] as? [[String: Any]])?.first?["name"] as? String == "tidy")
                #expect((object["strategy"] as? [String: Any])?["batch"] as? String == "25 %")
                #expect((object["approve"] as? [String: Any])?["min_approvals"] as? Int == 2)
                #expect((object["window"] as? [String: Any])?["calendar"] as? String == "maintenance")
                #expect((object["schedule"] as? [String: Any])?["cron"] as? String == "30 2 * * *")
                #expect((object["notify"] as? [String: Any])?["on_failure"] as? [String] == ["pager"])
                #expect((object["requires"] as? [String])?.isEmpty == false)
            }
        }
    }
}
