import Foundation
import Model
import Plugins
import TestSupport
import Testing

@testable import Controller

/// Messages on their way to receivers that fail, refuse or hang.
@Suite(.serialized, .nodesOfThisMachine) struct DeliveryTests {
    @Test func aReceiverThatFailsIsAskedAgainLaterWithTheSameId() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try server.set("503")
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_failure: [ops]}", script: "exit 9")],
                notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.status == 1)
            #expect(ended.error.contains("'ops' was not told yet (on_failure)"), "\(ended.error)")
            #expect(ended.error.contains("status 503"))
            #expect(server.log.count == 1)
            // Put off, so asking at once does nothing.
            #expect(try site.run("notify", "outbox", "--deliver").error.contains("0 sent, 0 to be tried again"))
            try server.set("204")
            var delivered = false
            for _ in 0..<120 where !delivered {
                try await Task.sleep(for: .milliseconds(250))
                delivered = try site.run("notify", "outbox", "--deliver").error.contains("1 sent")
            }
            #expect(delivered)
            #expect(server.log.count == 2)
            #expect(Set(server.log.map { Greeting.message($0)["id"] as? String }).count == 1)
            #expect(Greeting.message(server.log[0])["outcomes"] as? [String: Int] == ["failed": 1])
        }
    }

    @Test func aReceiverThatRefusesForGoodIsGivenUpLoudly() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try server.set("302")
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_success: [ops]}")], notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
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
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            let key = "file:\(sshd.folder.path("key"))"
            let site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_success: [ops]}")],
                notify: Greeting.hook(server.port, key: key))
            // Without the key nothing can be sent.
            let ended = try site.run("apply", "greet", "-n", "n1", "--yes")
            #expect(ended.error.contains("The secret '\(key)' does not exist"), "\(ended.error)")
            #expect(server.log.isEmpty)
            try sshd.folder.write("key", Greeting.secret)
            let settings = site.site.settings
            let journal = try await Workspace(settings).journal()
            let part = try #require(ServiceHooks.installed(settings).parts(journal).first)
            for _ in 0..<300 where server.log.isEmpty {
                try await part.step()
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(server.log.count == 1)
            #expect(try await journal.outbox(nil, limit: 10).map(\.state) == [.sent])
            try await journal.close()
        }
    }

    @Test(.timeLimit(.minutes(10))) func aReceiverThatHangsHoldsNoRunUp() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: ["greet": Greeting.runbook("{on_start: [slow], on_success: [slow]}")],
                notify: "  slow: {plugin: hang}\n")
            let nap = PluginSite.nap()
            try site.addHanging(
                "notify", "#!/bin/sh\necho x >>\(site.site.folder.path("begun"))\nexec sleep \(nap)\n")
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

    @Test func aTestIsSentAndRecorded() async throws {
        let server = try await LocalServer(LocalServer.receiver(key: Greeting.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: [:], notify: Greeting.hook(server.port))
            site.environment["HOOK_KEY"] = Greeting.secret
            #expect(try site.run("notify", "list").output.contains("{secret: env:HOOK_KEY}"))
            let sent = try site.run("notify", "test", "ops")
            #expect(sent.status == 0, "\(sent.error)")
            let first = try #require(server.log.first)
            #expect(Greeting.message(first)["reason"] as? String == "This is a test. No run has begun.")
            let unknown = try site.run("notify", "test", "opps")
            #expect(unknown.status == 64)
            #expect(unknown.error.contains("Did you mean 'ops'?"))
        }
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
