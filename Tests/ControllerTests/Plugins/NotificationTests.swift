import Foundation
import Glibc
import Model
import Plugins
import TestSupport
import Testing

@testable import Controller

/// Runs that tell somebody, through the plugins that come with the program, to real servers.
@Suite(.serialized, .oneMachine) struct NotificationTests {
    private static let secret = "marked-secret-of-the-hook"

    private func runbook(
        _ notify: String, script: String = "exit 0", gate: String = "none", control: String = ""
    ) -> String {
        """
        schema_version: 1
        name: greet
        version: 1
        title: Greets
        targets: n1
        notify: \(notify)
        \(control)
        steps:
          - name: greet
            gate: \(gate)
            irreversible: true
            run: \(script)
        """
    }

    private func hook(_ port: Int) -> String {
        "  ops: {plugin: webhook, with: {url: \"http://127.0.0.1:\(port)/in\", key: {secret: env:HOOK_KEY}}}\n"
    }

    private func message(_ entry: [String: Any]) -> [String: Any] { entry["message"] as? [String: Any] ?? [:] }

    @Test func aRunTellsItsStartAndItsEndOnceAndSigned() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_start: [ops], on_success: [ops], on_failure: [ops]}")],
                notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.error)")
            let log = server.log
            #expect(log.map { message($0)["occasion"] as? String } == ["start", "success"])
            #expect(log.allSatisfy { $0["signed"] as? Bool == true })
            let last = try #require(log.last)
            let end = message(last)
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
            #expect(try site.files(holding: Self.secret) == [])
        }
    }

    @Test func aWindowThatIsAboutToCloseIsToldOfWhileTheRunGoesOn() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            // The step ends once somebody was told.
            let script =
                "for i in $(seq 1200); do grep -q 'closes in' \(server.logPath) 2>/dev/null && exit 0; sleep 0.1; done; exit 7"
            var site = try PluginSite(
                sshd,
                runbooks: [
                    "greet": runbook(
                        "{on_window_closing: [ops]}", script: script, gate: "window",
                        control: "window: {calendar: nights, on_close: finish_step}")
                ], notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
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
            let told = message(try #require(server.log.first))
            #expect(told["occasion"] as? String == "window_closing")
            #expect((told["reason"] as? String)?.hasPrefix("The change window nights closes in ") == true, "\(told)")
            let journal = try await Workspace(site.site.settings).journal()
            #expect(try await journal.auditRecords(AuditFilter(action: .windowClosing)).count == 1)
            try await journal.close()
        }
    }

    @Test func anApprovalThatIsWantedAndBrokenGlassAreTold() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd,
                runbooks: [
                    "greet": runbook(
                        "{on_approval: [ops], on_break_glass: [ops]}", gate: "approval",
                        control: "approve: {approvers: [alice]}")
                ], notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
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
            #expect(server.log.map { message($0)["occasion"] as? String } == ["approval"])
            let broken = try site.run("apply", "greet", "-n", "n1", "--yes", "--break-glass", "--reason", "fire")
            #expect(broken.status == 0, "\(broken.output)\(broken.error)")
            let last = message(try #require(server.log.last))
            #expect(server.log.count == 2 && last["occasion"] as? String == "break_glass", "\(server.log)")
            #expect(last["reason"] as? String == "fire" && last["requester"] as? String == "carol", "\(last)")
        }
    }

    @Test func whoIsAlwaysToldHearsOfRunbooksThatNameNobody() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            let runbook = runbook("{}", script: "exit 9").replacing("notify: {}", with: "")
            let always =
                "{url: \"http://127.0.0.1:\(server.port)/in\", key: {secret: env:HOOK_KEY}}, always: [on_failure, on_missed]"
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook], notify: "  ops: {plugin: webhook, with: \(always)}\n")
            site.environment["HOOK_KEY"] = Self.secret
            #expect(try site.run("apply", "greet", "-n", "n1", "--yes").status == 1)
            #expect(server.log.map { message($0)["occasion"] as? String } == ["failure"])
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
            #expect(server.log.last.map { message($0)["occasion"] as? String } == "missed")
        }
    }

    @Test func aJobThatDidNotRunIsToldOfAndHasNoRun() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_missed: [ops]}")], notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
            try site.site.folder.write(
                "inventory/schedules.yaml",
                "schema_version: 1\nschedules: {hourly: {runbook: greet, cron: \"0 * * * *\", missed: alert}}\n")
            let journal = try await Workspace(site.site.settings).journal()
            let hooks = ServiceHooks.installed(site.site.settings)
            await hooks.alert(journal, "hourly", "3 of its times passed unnoticed")
            try await journal.close()
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("1 sent"))
            let told = message(try #require(server.log.last))
            #expect(told["occasion"] as? String == "missed")
            #expect(told["text"] as? String == "job hourly of greet: 3 of its times passed unnoticed")
            #expect(told["show"] as? String == "runbook schedule history hourly")
            #expect(told["run"] == nil)
        }
    }

    @Test func aReceiverThatFailsIsAskedAgainLaterWithTheSameId() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try server.set("503")
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_failure: [ops]}", script: "exit 9")],
                notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 1)
            #expect(ended.error.contains("'ops' was not told yet (on_failure)"), "\(ended.error)")
            #expect(ended.error.contains("status 503"))
            #expect(server.log.count == 1)
            // Put off, so asking at once does nothing.
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("0 sent, 0 to be tried again"))
            try server.set("204")
            var delivered = false
            for _ in 0..<60 where !delivered {
                try await Task.sleep(for: .milliseconds(500))
                delivered = try site.run("notify", "outbox", "--deliver").error.contains("1 sent")
            }
            #expect(delivered)
            #expect(server.log.count == 2)
            #expect(Set(server.log.map { message($0)["id"] as? String }).count == 1)
            #expect(message(server.log[0])["outcomes"] as? [String: Int] == ["failed": 1])
        }
    }

    @Test func aReceiverThatRefusesForGoodIsGivenUpLoudly() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try server.set("302")
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_success: [ops]}")], notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
            #expect(try site.run("apply", "greet", "-n", "n1", "--yes").status == 0)
            let journal = try await Workspace(site.site.settings).journal()
            #expect(try await journal.outbox(nil, limit: 10).map(\.state) == [.failed])
            let failed = try await journal.auditRecords(AuditFilter(action: .notificationFailed))
            #expect(failed.map(\.entry.outcome).first??.contains("status 302") == true)
            try await journal.close()
            #expect(try site.run("notify", "outbox", "--state", "failed").output.contains("failed"))
        }
    }

    @Test func theServiceDeliversWhatARunHasLeft() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_success: [ops]}")], notify: hook(server.port))
            // Without the key nothing can be sent.
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.error.contains("The secret 'env:HOOK_KEY' does not exist"), "\(ended.error)")
            #expect(server.log.isEmpty)
            setenv("HOOK_KEY", Self.secret, 1)
            defer { unsetenv("HOOK_KEY") }
            let settings = site.site.settings
            let journal = try await Workspace(settings).journal()
            let part = try #require(ServiceHooks.installed(settings).parts(journal).first)
            for _ in 0..<60 where server.log.isEmpty {
                try await part.step()
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(server.log.count == 1)
            #expect(try await journal.outbox(nil, limit: 10).map(\.state) == [.sent])
            try await journal.close()
        }
    }

    /// Texts that mean something to a browser, a mail program and a chat.
    private static let hostile = NotificationMessage(
        occasion: .failure,
        header: RunHeader(
            id: RunService.newRunID(), kind: .apply, runbook: "<script>alert(1)</script>", runbookVersion: 1,
            targets: NodeSet(names: ["n1"]), selector: "", parameters: [:],
            requester: Requester(
                user: "@channel", userID: 0, sudoUser: nil, host: "<!here> [x](http://evil)", sshClient: nil),
            program: "test"), site: "site", time: 1_800_000_000_000)

    private static var body: String {
        var message = hostile
        message.id = String(repeating: "ab", count: 16)
        message.reason = "first\r\nBcc: victim@example.org\r\n\r\n@here & <@U1> `code` *bold*"
        return message.json
    }

    private func desk(_ site: PluginSite) async throws -> (NotificationDesk, any JournalStore) {
        let workspace = Workspace(site.site.settings)
        let journal = try await workspace.journal()
        return (NotificationDesk(workspace, journal), journal)
    }

    @Test func inChatNothingIsMarkupOrAMention() async throws {
        let server = try await LocalServer(LocalServer.receiver())
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            let file = site.site.folder.path("url")
            try site.site.folder.write("url", "http://127.0.0.1:\(server.port)/services/T/B/x\n")
            let (desk, journal) = try await desk(site)
            let receiver = Receiver(
                name: "chat", plugin: "slack", settings: ["url": .secret(reference: "file:\(file)")],
                position: SourcePosition(file: "x", line: 1, column: 1))
            try await desk.send(Self.body, to: receiver)
            try await journal.close()
            let first = try #require(server.log.first)
            let text = try #require(message(first)["text"] as? String)
            #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt; on n1"))
            for word in ["<", "@here", "@channel", "`code`", "*bold*", "](http://", "\r"] {
                #expect(!text.contains(word), "\(word) in \(text)")
            }
            #expect(text.split(separator: "\n").count == 4)
        }
    }

    @Test func inAMailNothingBecomesAHeader() async throws {
        let server = try await LocalServer(LocalServer.mail)
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            let (desk, journal) = try await desk(site)
            func receiver(_ to: String) -> Receiver {
                Receiver(
                    name: "mail", plugin: "email",
                    settings: [
                        "from": .string("runbook@example.org"), "to": .list([.string(to)]),
                        "server": .string("127.0.0.1:\(server.port)"),
                    ], position: SourcePosition(file: "x", line: 1, column: 1))
            }
            try await desk.send(Self.body, to: receiver("ops@example.org"))
            let mail = try #require(server.log.first)
            #expect((mail["recipients"] as? [String])?.count == 1)
            let text = try #require(mail["text"] as? String)
            let headers = text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
            #expect(headers.contains { $0.hasPrefix("Message-ID: <abababab") })
            #expect(!headers.contains { $0.lowercased().hasPrefix("bcc") })
            #expect(!text.contains("\nBcc:"))
            let refused = await #expect(throws: PluginError.self) {
                try await desk.send(Self.body, to: receiver("ops@example.org\r\nBcc: x@y"))
            }
            #expect(refused?.mayRetry == false)
            try server.set("451")
            let later = await #expect(throws: PluginError.self) {
                try await desk.send(Self.body, to: receiver("ops@example.org"))
            }
            #expect(later?.mayRetry == true)
            try await journal.close()
            #expect(server.log.count == 1)
        }
    }

    @Test func whoeverIsNotDeclaredIsNamedWithFileAndLine() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_success: [opps]}")],
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

    @Test(.timeLimit(.minutes(10))) func aReceiverThatHangsHoldsNoRunUp() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_start: [slow], on_success: [slow]}")],
                notify: "  slow: {plugin: hang}\n")
            let folder = site.site.folder.path("plugins/notify/hang")
            try PluginSite.shell("mkdir -m 755 '\(folder)'")
            try site.site.folder.write(
                "plugins/notify/hang/plugin.yaml",
                "schema_version: 1\nname: hang\nkind: notify\nsummary: Hangs.\nexecutable: hang\ntimeout: 10m\n")
            let nap = PluginSite.nap()
            try PluginSite.shell(
                "printf '#!/bin/sh\necho x >>%s\nexec sleep \(nap)\n' '\(site.site.folder.path("begun"))' >'\(folder)/hang'; chmod 755 '\(folder)/hang'"
            )
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.error.contains("'slow' was not told yet (on_success)"), "\(ended.error)")
            #expect(try site.site.folder.read("begun").hasPrefix("x\n"))
            #expect(!PluginSite.isRunning(nap))
            let journal = try await Workspace(site.site.settings).journal()
            #expect(try await journal.outbox(.waiting, limit: 10).count == 2)
            try await journal.close()
        }
    }

    @Test func ofARehearsalNobodyIsTold() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": runbook("{on_success: [ops, nobody]}")], notify: hook(server.port))
            site.environment = ["HOOK_KEY": Self.secret, "RUNBOOK_REHEARSAL": "1"]
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.error.contains("nobody is told"))
            #expect(server.log.isEmpty)
            #expect(try site.run("notify", "outbox", "--output", "jsonl").output.isEmpty)
        }
    }

    @Test func aTestIsSentAndRecorded() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: [:], notify: hook(server.port))
            site.environment["HOOK_KEY"] = Self.secret
            #expect(try site.run("notify", "list").output.contains("{secret: env:HOOK_KEY}"))
            let sent = try site.run("notify", "test", "ops")
            #expect(sent.status == 0, "\(sent.error)")
            let first = try #require(server.log.first)
            #expect(message(first)["reason"] as? String == "This is a test. No run has begun.")
            let unknown = try site.run("notify", "test", "opps")
            #expect(unknown.status == 64)
            #expect(unknown.error.contains("Did you mean 'ops'?"))
        }
    }

    @Test(arguments: ["notify/webhook", "notify/slack", "notify/email", "step/http-put"])
    func whatComesWithTheProgramKeepsToTheProtocol(name: String) async throws {
        let findings = try await PluginLibrary(PluginSite.confining).test(PluginSite.root + "/Plugins/" + name)
        #expect(findings.count >= 8)
        #expect(findings.filter { !$0.isGood } == [])
    }

    @Test func triesGrowApartAndEnd() {
        func pause(_ attempts: Int, _ jitter: Double) -> Delivery {
            DeliveryPolicy.delivery(afterFailure: "x", attempts: attempts, mayRetry: true, jitter: jitter)
        }
        #expect(pause(1, 0) == .postponed(by: .milliseconds(2500), error: "x"))
        #expect(pause(1, 0.5) == .postponed(by: .seconds(5), error: "x"))
        #expect(pause(4, 0.5) == .postponed(by: .seconds(40), error: "x"))
        #expect(pause(11, 0.5) == .postponed(by: .seconds(3600), error: "x"))
        #expect(pause(12, 0.5) == .givenUp(error: "x (after 12 tries)"))
        #expect(
            DeliveryPolicy.delivery(afterFailure: "x", attempts: 1, mayRetry: false, jitter: 0) == .givenUp(error: "x"))
    }
}
