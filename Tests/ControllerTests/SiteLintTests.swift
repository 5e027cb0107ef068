import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// What shows only where runbooks and inventory are held against each other.
@Suite struct SiteLintTests {
    private static let site = """
        schema_version: 1
        nodes:
          gpu[01-02]: {address: "192.0.2.[1-2]"}
          head: {address: 192.0.2.9}
        groups: {gpu: "gpu[01-02]"}
        roles: {slurm-controller: head}

        """

    private static let calendars = """
        windows:
          maintenance:
            timezone: UTC
            open: [{name: night, start: 2026-01-03T22:00, duration: 8h, rrule: FREQ=WEEKLY}]

        """

    private static let people = """
        access:
          signers: allowed_signers
          persons: {alice: {users: [alice]}, bob: {users: [bob]}}
          roles: {leads: [alice]}
          rules: [{allow: [read], to: everyone}]

        """

    /// The headlines of lint, each without the folder, for a runbook `x` and an inventory.
    private func lint(
        _ runbook: String, targets: String = "@gpu", inventory: String = "", jobs: String = ""
    ) throws -> [String] {
        let folder = try TemporaryFolder(prefix: "lint")
        let settings = try folder.makeSite()
        try folder.write("inventory/site.yaml", Self.site + inventory)
        if !jobs.isEmpty { try folder.write("inventory/schedules.yaml", "schema_version: 1\nschedules:\n" + jobs) }
        try folder.write("inventory/allowed_signers", "")
        try folder.write(
            "runbooks/x.yaml",
            """
            schema_version: 1
            name: x
            version: 1
            title: A test
            targets: "\(targets)"
            platforms: [debian]
            detect:
              - {name: p, probe: "true", healthy: {exit: 0}}
            \(runbook)

            """)
        return try Workspace(settings).lint([]).map { $0.headline.replacing(folder.root + "/", with: "") }
    }

    @Test func aChangeRuleNamesWhatThereIs() throws {
        let right = """
            change_rules:
              gpu:
                runbooks: ["x", "gpu-*"]
                nodes: "@gpu"
                approve: {approvers: ["role:leads", bob], min_approvals: 2}
                window: {calendar: maintenance}
            """
        let steps = "steps: [{name: a, run: 'true', undo: 'true'}]\nverify: [detect]"
        #expect(try lint(steps, inventory: Self.calendars + Self.people + right) == [])
        let wrong = """
            change_rules:
              gpu:
                runbooks: [y]
                nodes: "@gpus"
                approve: {approvers: ["role:lead"]}
                window: {calendar: maintenence}
                notify: {on_failure: [oncall]}
            """
        let found = try lint(steps, inventory: Self.calendars + Self.people + wrong)
        for part in [
            "is for 'y', and there is no such runbook", "can't be told", "has no role 'lead'",
            "names the calendar 'maintenence', which is not declared", "declares no receiver 'oncall'",
        ] {
            #expect(found.filter { $0.contains(part) && $0.contains("error") }.count == 1, "\(part): \(found)")
        }
        let many = try lint(
            steps,
            inventory: Self.calendars + Self.people
                + "change_rules: {gpu: {approve: {approvers: [bob], min_approvals: 2}}}")
        #expect(many.count == 1, "\(many)")
    }

    @Test func whatFitsHasNoProblem() throws {
        #expect(
            try lint(
                """
                parameters: {size: {type: int, description: S}}
                requires: [{role: slurm-controller}]
                window: {calendar: maintenance}
                approve: {approvers: ["role:leads", bob], min_approvals: 2}
                steps:
                  - {name: a, run: 'echo "$size"', undo: "true", on: "role:slurm-controller"}
                verify: [detect]
                """, inventory: Self.calendars + Self.people,
                jobs: "  nightly: {runbook: x, cron: '0 1 * * *', nodes: gpu01, parameters: {size: 3}}\n") == [])
    }

    @Test func groupsThatAreNotThere() throws {
        #expect(
            try lint("", targets: "@gpus") == [
                "runbooks/x.yaml:5:10: warning: the inventory does not have the targets: there is no group '@gpus' in the inventory (did you mean '@gpu'?)"
            ])
    }

    @Test func aCalendarThatIsNotThere() throws {
        let window = "window: {calendar: maintenence}"
        #expect(
            try lint(window, inventory: Self.calendars) == [
                "runbooks/x.yaml:9:20: error: the inventory declares no calendar 'maintenence' (did you mean 'maintenance'?)"
            ])
        #expect(
            try lint(window) == [
                "runbooks/x.yaml:9:20: warning: the inventory declares no calendar 'maintenence' (declare it under 'windows' in Inventory/windows.yaml)"
            ])
    }

    @Test func approversWhomNobodyDeclares() throws {
        let text = """
            approve: {approvers: ["role:leeds", carol, "role:leads"], min_approvals: 2}
            steps:
              - {name: eyes, approve: {approvers: ["role:leads"], min_approvals: 2}}
            """
        #expect(
            try lint(text, inventory: Self.people) == [
                "runbooks/x.yaml:9:23: error: the inventory's 'access' has no role 'leeds' (did you mean 'leads'?)",
                "runbooks/x.yaml:9:37: error: the inventory's 'access' has no person 'carol' (there are alice, bob)",
                "runbooks/x.yaml:11:70: error: 2 approvals are needed, but only 1 may give one (that is alice)",
            ])
        #expect(
            try lint(text) == [
                "runbooks/x.yaml:9:23: warning: nobody can approve: the inventory has no 'access' (docs/approvals.md says how to declare persons and roles)"
            ])
    }

    @Test func rolesWithoutAHost() throws {
        let text = """
            requires: [{role: mds}]
            steps:
              - {name: a, run: "true", undo: "true", on: "role:slurm-controler"}
              - {name: b, run: "true", undo: "true", on: "role:slurm-controler"}
              - {name: c, run: "true", undo: "true", on: "group:logins"}
            verify: [detect]
            """
        #expect(
            try lint(text) == [
                "runbooks/x.yaml:9:19: warning: no host of the inventory has the role 'mds' (name it under 'roles')",
                "runbooks/x.yaml:11:46: warning: no host of the inventory has the role 'slurm-controler' (did you mean 'slurm-controller'?)",
                "runbooks/x.yaml:13:46: warning: the inventory has no group 'logins' (name it under 'groups')",
            ])
    }

    @Test func jobsThatCanNotRun() throws {
        let text = """
            parameters:
              size: {type: int, max: 9, description: S}
              speed: {type: int, description: S}
            diagnose:
              - {name: d, collect: 'echo "$size $speed"'}
            """
        #expect(
            try lint(
                text,
                jobs: """
                      a: {runbook: xx, cron: "0 1 * * *"}
                      b: {runbook: x, cron: "0 1 * * *", parameters: {sice: 1, size: 99, speed: 2}}
                      c: {runbook: x, cron: "0 1 * * *", parameters: {size: 1}, nodes: "@gpus"}
                      d: {runbook: x, cron: "0 1 * * *", parameters: {size: 1, speed: 2}, nodes: "gpu[01-03]"}
                      e: {runbook: x, cron: "0 1 * * *", parameters: {size: 1, speed: 2}, nodes: head}

                    """) == [
                    "inventory/schedules.yaml:3:3: error: the job 'a' runs 'xx', and there is no such runbook (did you mean 'x'?)",
                    "inventory/schedules.yaml:4:3: error: the job 'b' gives 'sice', and the runbook 'x' has no such parameter (did you mean 'size'?)",
                    "inventory/schedules.yaml:4:3: error: the job 'b' gives 'size', and it does not fit: 99 is more than 9",
                    "inventory/schedules.yaml:5:3: error: the job 'c' gives no 'speed', which the runbook 'x' needs (add it under 'parameters')",
                    "inventory/schedules.yaml:5:3: error: the nodes of the job 'c' can't be told: there is no group '@gpus' in the inventory (did you mean '@gpu'?)",
                    "inventory/schedules.yaml:6:3: error: the nodes of the job 'd' can't be told: there is no node 'gpu03' in the inventory (did you mean 'gpu01'?)",
                    "inventory/schedules.yaml:7:3: error: the job 'e' is for head, and the runbook 'x' is not: its targets are @gpu",
                ])
    }

    @Test func aRunbooksOwnScheduleLacksWhatItNeeds() throws {
        #expect(
            try lint(
                """
                parameters: {size: {type: int, description: S}}
                diagnose:
                  - {name: d, collect: 'echo "$size"'}
                schedule: {cron: "0 1 * * *"}
                """) == [
                    "runbooks/x.yaml:12:11: error: the schedule gives no 'size', which every run needs (add it under its 'parameters', or give it a default)"
                ])
        #expect(
            try lint("schedule: {cron: \"0 1 * * *\", nodes: \"gpu01,gpu07\"}") == [
                "runbooks/x.yaml:9:38: error: the nodes of the schedule can't be told: there is no node 'gpu07' in the inventory (did you mean 'gpu01'?)"
            ])
    }
}
