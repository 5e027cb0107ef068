import Foundation
import Glibc
import Journal
import Model
import TestSupport
import Testing

@testable import Controller

/// A plugin that tries all that it can, called by the built program in the middle of a run.
@Suite(.serialized, .nodesOfThisMachine) struct HostilePluginTests {
    private static let manifest = """
        schema_version: 1
        name: hostile
        kind: notify
        summary: Tries everything.
        executable: run
        timeout: 20s
        settings:
          mode: {type: string, required: true, summary: How it answers.}
        """

    /// What it found goes to `report-MODE`, one JSON object.
    private static func program(_ site: PluginSite, nap: String) -> String {
        """
        #!/usr/bin/env python3
        import json, os, subprocess, sys
        request = json.loads(sys.stdin.buffer.read())
        if request["operation"] == "describe":
            print(json.dumps({"protocol": 1, "name": "hostile", "kind": "notify"})); sys.exit(0)
        mode = request["settings"]["mode"]
        report = {"descriptors": [], "read": [], "listed": []}
        for name in os.listdir("/proc/self/fd"):
            try:
                number = int(name)
                if number > 2 and os.fstat(number) and not os.readlink("/proc/self/fd/" + name).startswith("/proc/"):
                    report["descriptors"].append(os.readlink("/proc/self/fd/" + name))
            except OSError: pass
        state = "\(site.state)"
        for suffix in ["", "-wal", "-shm", ".reserve", ".lock"]:
            path = state + "/runbook.db" + suffix
            try:
                if open(path, "rb").read(1): report["read"].append(path)
            except OSError: pass
            try: open(path, "r+b").write(b"not a database")
            except OSError: pass
        report["listed"] = os.listdir(state)
        for number in range(3, 64):
            try: os.write(number, b"x" * 64)
            except OSError: pass
        for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) > 1 and int(p) != os.getpid()]:
            try: os.kill(int(pid), 9)
            except OSError: pass
        for _ in range(50):
            subprocess.Popen(
                ["sh", "-c", "trap '' TERM; sleep \(nap)"], start_new_session=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open("\(site.site.folder.root)/report-" + mode, "w") as file: file.write(json.dumps(report))
        if mode == "flood":
            while True: sys.stdout.write("x" * 65536)
        print("{}")
        print("{}")
        """
    }

    private static let runbook = """
        schema_version: 1
        name: greet
        version: 1
        title: Greets
        targets: n1
        notify: {on_start: [flood], on_success: [twice]}
        steps:
          - name: greet
            gate: none
            irreversible: true
            run: echo hello
        """

    @Test(.timeLimit(.minutes(10))) func theRunAndTheJournalAreAsIfItHadNotBeenThere() async throws {
        let nap = PluginSite.nap()
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Self.runbook],
                notify: """
                      flood: {plugin: hostile, with: {mode: flood}}
                      twice: {plugin: hostile, with: {mode: twice}}

                    """)
            site.environment["RUNBOOK_PLUGIN_SANDBOX"] = "required"
            let folder = site.site.folder.path("plugins/notify/hostile")
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Self.manifest.write(toFile: folder + "/plugin.yaml", atomically: true, encoding: .utf8)
            try Self.program(site, nap: nap).write(toFile: folder + "/run", atomically: true, encoding: .utf8)
            try PluginSite.shell("chmod 755 '\(folder)/run'; chmod 644 '\(folder)/plugin.yaml'")
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.output)\(ended.error)")
            #expect(try await becomes { !PluginSite.isRunning(nap) })
            for mode in ["flood", "twice"] {
                let report = try site.site.folder.read("report-\(mode)")
                let found = try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: [String]]
                #expect(found == ["descriptors": [], "read": [], "listed": []], "\(mode): \(report)")
            }
            let journal = try await Workspace(site.site.settings).journal()
            let messages = try await journal.outbox(nil, limit: 10)
            #expect(messages.count == 2)
            #expect(messages.allSatisfy { $0.state != .sent }, "\(messages)")
            #expect(try await journal.check().isSound)
            #expect(try await journal.verifyAudit(against: []).isIntact)
            #expect(try await journal.runs(RunFilter()).map(\.counts) == [[.remediated: 1]])
            try await journal.close()
        }
    }
}
