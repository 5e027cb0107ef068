import Foundation
import Glibc
import Model
import Plugins
import TestSupport
import Testing

@testable import Controller

/// Messages in the form that each kind of receiver wants.
@Suite(.serialized, .nodesOfThisMachine) struct MessageFormTests {
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
            let text = try #require(Greeting.message(first)["text"] as? String)
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

    @Test(arguments: ["notify/webhook", "notify/slack", "notify/email", "step/http-put"])
    func whatComesWithTheProgramKeepsToTheProtocol(name: String) async throws {
        let findings = try await PluginLibrary(PluginSite.confining).test(PluginSite.root + "/Plugins/" + name)
        #expect(findings.count >= 8)
        #expect(findings.filter { !$0.isGood } == [])
    }
}
