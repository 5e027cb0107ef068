import Foundation
import Testing

/// The program's answers that need no node.
@Suite struct CommandLineTests {
    private func runbook(_ arguments: String...) throws -> Lab.Result {
        try Lab.run([Lab.root + "/.build/debug/runbook"] + arguments)
    }

    @Test func setsExpandAndFoldWithoutAnInventory() throws {
        #expect(try runbook("nodes", "expand", "gpu[01-03,07]").output == "gpu01\ngpu02\ngpu03\ngpu07\n")
        #expect(try runbook("nodes", "fold", "gpu03", "gpu01", "gpu02").output == "gpu[01-03]\n")
    }

    @Test func aWrongSelectorOrUsageHasItsOwnExitStatus() throws {
        #expect(try runbook("nodes", "expand", "gpu[01-").status == 64)
        #expect(try runbook("apply").status == 64)
        #expect(try runbook("frobnicate").status == 64)
    }

    @Test func theShippedRunbooksHaveNoProblem() throws {
        let lint = try runbook("lint", Lab.root + "/Runbooks")
        #expect(lint.status == 0)
        #expect(lint.output.isEmpty, "\(lint.output)")
    }

    @Test func theExampleOfAnInventoryWorksWithTheShippedRunbooks() throws {
        let places = ["--inventory", Lab.root + "/Inventory", "--runbooks", Lab.root + "/Runbooks"]
        for (words, shown) in [
            (["nodes", "list"], "gpu[01-32],head"), (["window", "next", "maintenance"], "Saturday night"),
            (["schedule", "next", "nightly-backup"], "Europe/Berlin"), (["lint"], "No errors"),
        ] {
            let result = try Lab.run(
                [
                    "/usr/bin/env", "RUNBOOK_DB=/var/tmp/runbook-example-\(UInt32.random(in: 0 ... .max))/runbook.db",
                    Lab.root + "/.build/debug/runbook",
                ] + words + places)
            #expect(result.status == 0, "\(words): \(result.error)")
            #expect((result.output + result.error).contains(shown), "\(words): \(result.output)\(result.error)")
        }
    }

    @Test func aWrongRunbookIsShownWithPlaceAndMend() throws {
        let folder = "/var/tmp/runbook-lint-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = """
            schema_version: 1
            name: broken
            version: 1
            title: Broken
            targets: "@gpu"
            steps:
              - name: restart
                retires: {attempts: 2}
                service: {name: chrony, state: restarted}

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/broken.yaml"))
        let lint = try runbook("lint", folder + "/broken.yaml")
        #expect(lint.status == 65)
        #expect(
            lint.output.contains(
                "broken.yaml:8:5: error: unknown key 'retires' in step 'restart' (did you mean 'retries'?)"))
    }

    @Test func everyCommandHasHelpWithAnAbstract() throws {
        for command in [
            "apply", "plan", "diagnose", "exec", "rollback", "resume", "cancel", "runs", "show", "report", "logs",
            "list", "describe", "cases", "lint", "new", "nodes", "audit", "db", "doctor", "completions", "version",
            "plugin",
            "notify", "schema", "metrics",
        ] {
            let help = try runbook(command, "--help")
            #expect(help.status == 0)
            #expect(help.output.contains("OVERVIEW: "), "\(command)")
        }
    }
}
