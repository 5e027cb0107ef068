import Foundation
import Glibc
import Model
import Plugins
import TestSupport
import Testing

@testable import Controller

/// Runs that tell somebody, through the plugins that come with the program, to real servers.
@Suite(.serialized, .nodesOfThisMachine) struct NotificationTests {
    @Test func aRunTellsItsStartAndItsEndOnceAndSigned() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_start: [ops], on_success: [ops], on_failure: [ops]}")],
                notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.error)")
            let log = server.log
            #expect(log.map { Greeting.message($0)["occasion"] as? String } == ["start", "success"])
            #expect(log.allSatisfy { $0["signed"] as? Bool == true })
            let last = try #require(log.last)
            let end = Greeting.message(last)
            #expect(end["nodes"] as? String == "n1")
            #expect(end["outcomes"] as? [String: Int] == ["remediated": 1])
            #expect(end["runbook"] as? String == "greet")
            #expect(log.last?["delivery"] as? String == end["id"] as? String)

            let journal = try await Workspace(site.site.settings).journal()
            let messages = try await journal.outbox(nil, limit: 10)
            #expect(messages.map(\.state) == [.sent, .sent])
            let sent = try await journal.auditRecords(AuditFilter(action: .notificationSent))
            #expect(sent.map(\.entry.detail["occasion"]).compactMap(\.self).sorted() == ["start", "success"])
            try await journal.close()
            // Nothing is due any more, whoever asks.
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("0 sent"))
            #expect(server.log.count == 2)
            #expect(try site.files(holding: Greeting.secret) == [])
        }
    }

    @Test func aWindowThatIsAboutToCloseIsToldOfWhileTheRunGoesOn() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            // The step ends once somebody was told.
            let script =
                "for i in $(seq 1200); do grep -q 'closes in' \(server.logPath) 2>/dev/null && exit 0; sleep 0.1; done; exit 7"
            var site = try PluginSite(
                sshd,
                runbooks: [
                    "greet": Greeting.runbook(
                        "{on_window_closing: [ops]}", script: script, gate: "window",
                        control: "window: {calendar: nights, on_close: finish_step}")
                ], notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            let format = DateFormatter()
            format.timeZone = TimeZone(identifier: "UTC")
            format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
            let (start, end) = (Date().addingTimeInterval(-3600), Date().addingTimeInterval(30))
            try site.site.folder.write(
                "inventory/windows.yaml",
                """
                schema_version: 1
                windows:
                  nights:
                    timezone: UTC
                    open: [{name: now, start: "\(format.string(from: start))", end: "\(format.string(from: end))"}]
                """)
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.output)\(ended.error)")
            let told = Greeting.message(try #require(server.log.first))
            #expect(told["occasion"] as? String == "window_closing")
            #expect((told["reason"] as? String)?.hasPrefix("The change window nights closes in ") == true, "\(told)")
            let journal = try await Workspace(site.site.settings).journal()
            #expect(try await journal.auditRecords(AuditFilter(action: .windowClosing)).count == 1)
            try await journal.close()
        }
    }

    @Test func anApprovalThatIsWantedAndBrokenGlassAreTold() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd,
                runbooks: [
                    "greet": Greeting.runbook(
                        "{on_approval: [ops], on_break_glass: [ops]}", gate: "approval",
                        control: "approve: {approvers: [alice]}")
                ], notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            site.environment.merge(["SUDO_USER": "carol", "SUDO_UID": "4242"]) { $1 }
            try site.site.folder.write(
                "inventory/access.yaml",
                """
                schema_version: 1
                access:
                  services: [\(sshd.user == "root" ? "runbook" : sshd.user)]
                  persons: {alice: {}, carol: {}}
                  rules:
                    - {allow: [approve], to: [alice]}
                    - {allow: [apply, read, break_glass], to: [carol]}
                """)
            try Keygen.generate(type: "ed25519", at: site.site.folder.path("alice"))
            try site.site.folder.write(
                "inventory/allowed_signers", "alice \(try site.site.folder.read("alice.pub"))")
            let waiting = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(waiting.status == 3, "\(waiting.output)\(waiting.error)")
            #expect(server.log.map { Greeting.message($0)["occasion"] as? String } == ["approval"])
            let broken = try site.run("apply", "greet", "-n", "n1", "--yes", "--break-glass", "--reason", "fire")
            #expect(broken.status == 0, "\(broken.output)\(broken.error)")
            let last = Greeting.message(try #require(server.log.last))
            #expect(server.log.count == 2 && last["occasion"] as? String == "break_glass", "\(server.log)")
            #expect(last["reason"] as? String == "fire" && last["requester"] as? String == "carol", "\(last)")
        }
    }

    @Test func whoIsAlwaysToldHearsOfRunbooksThatNameNobody() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            let runbook = Greeting.runbook("{}", script: "exit 9").replacing("notify: {}", with: "")
            let always =
                "{url: \"http://127.0.0.1:\(server.port)/in\", key: {secret: env:HOOK_KEY}}, always: [on_failure, on_missed]"
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook], notify: "  ops: {plugin: webhook, with: \(always)}\n")
            site.environment["HOOK_KEY"] = Greeting.secret
            #expect(try site.run("apply", "greet", "-n", "n1", "--yes").status == 1)
            #expect(server.log.map { Greeting.message($0)["occasion"] as? String } == ["failure"])
            // By hand nobody needs to be told what they see.
            #expect(try site.run("exec", "-n", "n1", "--", "false").status == 1)
            #expect(server.log.count == 1)
            try site.site.folder.write(
                "inventory/schedules.yaml",
                "schema_version: 1\nschedules: {hourly: {runbook: greet, cron: \"0 * * * *\", missed: alert}}\n")
            let journal = try await Workspace(site.site.settings).journal()
            await ServiceHooks.installed(site.site.settings).alert(journal, "hourly", "it is late")
            try await journal.close()
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("1 sent"))
            #expect(server.log.last.map { Greeting.message($0)["occasion"] as? String } == "missed")
        }
    }

    @Test func aJobThatDidNotRunIsToldOfAndHasNoRun() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_missed: [ops]}")], notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            try site.site.folder.write(
                "inventory/schedules.yaml",
                "schema_version: 1\nschedules: {hourly: {runbook: greet, cron: \"0 * * * *\", missed: alert}}\n")
            let journal = try await Workspace(site.site.settings).journal()
            let hooks = ServiceHooks.installed(site.site.settings)
            await hooks.alert(journal, "hourly", "3 of its times passed unnoticed")
            try await journal.close()
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("1 sent"))
            let told = Greeting.message(try #require(server.log.last))
            #expect(told["occasion"] as? String == "missed")
            #expect(told["text"] as? String == "job hourly of greet: 3 of its times passed unnoticed")
            #expect(told["show"] as? String == "runbook schedule history hourly")
            #expect(told["run"] == nil)
        }
    }

    @Test func whoeverIsNotDeclaredIsNamedWithFileAndLine() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_success: [opps]}")],
                notify:
                    "  ops: {plugin: webhook, with: {url: nonsense, key: {secret: env:K}}}\n  chat: {plugin: slak}\n")
            let lint = try site.run("lint")
            #expect(lint.status == 65)
            for part in [
                "greet.yaml:6:23: error: the inventory declares no receiver 'opps' (did you mean 'ops'?)",
                "notify.yaml:3:3: error: setting 'url' of plugin 'webhook': 'nonsense' is no url",
                "notify.yaml:4:3: error: there is no plugin 'slak' of kind 'notify' (did you mean 'slack'?)",
            ] { #expect(lint.output.contains(part), "\(lint.output)") }
            let refused = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(refused.status == 65)
            #expect(refused.error.contains("declares no receiver 'opps'"))
        }
    }

    @Test func ofARehearsalNobodyIsTold() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_success: [ops, nobody]}")],
                notify: Greeting.hook(server.port))
            site.environment = ["HOOK_KEY": Greeting.secret, "RUNBOOK_REHEARSAL": "1"]
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.error.contains("nobody is told"))
            #expect(server.log.isEmpty)
            #expect(try site.run("notify", "outbox", "--output", "jsonl").output.isEmpty)
        }
    }
}
