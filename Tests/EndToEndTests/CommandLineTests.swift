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

    @Test func aResultThatCanNotBeWrittenIsNoSuccess() throws {
        let program = Lab.root + "/.build/debug/runbook"
        let full = try Lab.run(["/bin/sh", "-c", "exec \(program) nodes expand 'gpu[01-03]' >/dev/full"])
        #expect(full.status == 74)
        #expect(full.error.contains("No space left on device"), "\(full.error)")
        // Who reads the first line only wants no more.
        let left = try Lab.run(["/bin/sh", "-c", "\(program) nodes expand 'gpu[00001-99999]' | head -1"])
        #expect(left.output == "gpu00001\n")
        #expect(left.error.isEmpty, "\(left.error)")
    }

    @Test func aWrongSelectorOrUsageHasItsOwnExitStatus() throws {
        #expect(try runbook("nodes", "expand", "gpu[01-").status == 64)
        #expect(try runbook("apply").status == 64)
        #expect(try runbook("frobnicate").status == 64)
        let plan = try runbook("apply", "--plan", "/nonexistent")
        #expect(plan.status == 64 && plan.error.contains("mend: Make one"), "\(plan.error)")
    }

    @Test func settingsComeFromTheCommandLineThenTheEnvironmentThenTheNearestFile() throws {
        let folder = "/var/tmp/runbook-settings-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ path: String, _ text: String) throws {
            let file = URL(fileURLWithPath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try Data(text.utf8).write(to: file)
        }
        // Each place names another folder, in which is one runbook.
        for (place, name) in [
            ("flag", "flag"), ("variable", "variable"), ("work/nearest", "nearest"), ("farther", "farther"),
            ("xdg/runbook/own", "own"), ("work/deep/Runbooks", "default"),
        ] {
            let text = """
                schema_version: 1
                name: \(name)
                version: 1
                title: A test
                targets: controller
                steps: [{name: first, run: echo one, irreversible: true}]
                verify: [{name: holds, probe: "true", healthy: {exit: 0}}]

                """
            try write("\(place)/\(name).yaml", text)
        }
        let files = [
            ("work/runbook.yaml", "nearest"), ("runbook.yaml", "farther"), ("xdg/runbook/runbook.yaml", "own"),
        ]
        for (file, path) in files { try write(file, "runbooks: \(path)\n") }
        func chosen(_ flags: String, variable: String = "") throws -> String {
            let program = "\(variable) exec \(Lab.root)/.build/debug/runbook list --names \(flags)"
            let words = ["/bin/sh", "-c", "cd \(folder)/work/deep && \(program)"]
            let result = try Lab.run(["/usr/bin/env", "XDG_CONFIG_HOME=\(folder)/xdg"] + words)
            #expect(result.status == 0, "\(result.error)")
            return result.output
        }
        let variable = "RUNBOOK_RUNBOOKS=\(folder)/variable"
        #expect(try chosen("--runbooks \(folder)/flag", variable: variable) == "flag\n")
        #expect(try chosen("", variable: variable) == "variable\n")
        for (file, name) in files {
            #expect(try chosen("") == name + "\n")
            try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        }
        #expect(try chosen("") == "default\n")
    }

    /// A folder with a settings file, and one below in which the program is called.
    private func withSettings(
        _ text: String, _ body: (_ folder: String, _ list: (_ variable: String) throws -> Lab.Result) throws -> Void
    ) throws {
        let folder = "/var/tmp/runbook-settings-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder + "/below", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/runbook.yaml"))
        try body(folder) { variable in
            let program = "\(variable) exec \(Lab.root)/.build/debug/runbook list --runbooks \(Lab.root)/Runbooks"
            return try Lab.run(["/bin/sh", "-c", "cd \(folder)/below && \(program)"])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func settingsThatSomebodyElseCouldHavePutAboveAreRefusedByNameAndOwner() throws {
        try withSettings("fanout: 8\n") { folder, list in
            #expect(try list("").status == 0)
            let file = folder + "/runbook.yaml"
            chown(file, 65_534, 65_534)
            let foreign = try list("")
            #expect(foreign.status == 65, "\(foreign.error)")
            #expect(foreign.error.contains("\(file) can't be believed: it belongs to nobody"), "\(foreign.error)")
            chown(file, 0, 0)
            chmod(folder, 0o777)
            let open = try list("")
            #expect(open.status == 65, "\(open.error)")
            #expect(open.error.contains("\(folder) can't be believed: everybody may write it"), "\(open.error)")
        }
    }

    @Test func thatHostKeysAreNotCheckedIsForTheCommandLineAlone() throws {
        try withSettings("host_keys: off\n") { _, list in
            let file = try list("")
            #expect(file.status == 65, "\(file.error)")
            #expect(file.error.contains("'off' is only accepted on the command line"), "\(file.error)")
        }
        try withSettings("fanout: 8\n") { _, list in
            let variable = try list("RUNBOOK_HOST_KEYS=off")
            #expect(variable.status == 64, "\(variable.error)")
            #expect(variable.error.contains("only accepted as --host-keys off"), "\(variable.error)")
        }
    }

    @Test func hostKeysAreNotAcceptedOrForgottenByOptionsThatWouldDoNothing() throws {
        for (command, option, value) in [
            ("accept", "--host-keys", "strict"), ("forget", "--host-keys", "strict"), ("forget", "--fanout", "2"),
        ] {
            let result = try runbook("nodes", "keys", command, "n1", option, value)
            #expect(result.status == 64, "\(command) \(option): \(result.error)")
            #expect(result.error.contains("Unknown option '\(option)'"), "\(result.error)")
        }
    }

    @Test(arguments: [("gpu99", "gpu"), ("@nobody", "@"), ("", "nodes")])
    func aSelectorThatMeansNoNodeIsRefusedBeforeAnyIsReached(selector: String, mend: String) throws {
        let folder = "/var/tmp/runbook-selector-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Lab.run([
            "/usr/bin/env", "RUNBOOK_DB=\(folder)/runbook.db", Lab.root + "/.build/debug/runbook", "diagnose",
            "gpu-driver-fix", "--nodes", selector, "--inventory", Lab.root + "/Inventory", "--runbooks",
            Lab.root + "/Runbooks",
        ])
        #expect(result.status == 4, "\(result.error)")
        #expect(result.error.contains("error: ") && result.error.contains("mend: "), "\(result.error)")
        #expect(result.error.contains(mend), "\(result.error)")
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

    /// Each command that does something, as words; their groups are walked.
    private func commands(_ words: [String] = []) throws -> [[String]] {
        let help = try Lab.run([Lab.root + "/.build/debug/runbook"] + words + ["--help"])
        #expect(help.status == 0 && help.output.contains(words.isEmpty ? "USAGE: " : "OVERVIEW: "), "\(words)")
        let lines = help.output.components(separatedBy: "\n")
        let headings = lines.indices.filter { lines[$0].hasSuffix("SUBCOMMANDS:") }
        let names = headings.flatMap { heading in
            lines[(heading + 1)...].prefix { !$0.isEmpty }.compactMap { line -> String? in
                line.hasPrefix("  ") && !line.hasPrefix("   ")
                    ? line.split(separator: " ").first.map(String.init) : nil
            }
        }
        if names.isEmpty { return [words] }
        return try names.flatMap { try commands(words + [$0]) }
    }

    @Test func everyCommandHasHelpWithAnExample() throws {
        let commands = try commands()
        for known in [["apply"], ["approve"], ["nodes", "keys", "accept"], ["db", "vacuum"], ["serve"]] {
            #expect(commands.contains(known), "\(known)")
        }
        for command in commands {
            let help = try Lab.run([Lab.root + "/.build/debug/runbook"] + command + ["--help"])
            #expect(help.output.contains("Example"), "\(command)")
        }
    }
}
