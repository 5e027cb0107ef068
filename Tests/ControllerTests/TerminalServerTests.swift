import Foundation
import Glibc
import TestSupport
import Testing

/// What servers say before anybody is logged in, as it reaches a real terminal.
@Suite(.serialized, .nodesOfThisMachine) struct TerminalServerTests {
    /// How a server's own words begin, as they are shown.
    private static let spelled = #"\u{1b}]0;owned\u{7}\u{1b}[31;5;7m\u{9b}2J"#

    @Test func aBannerIsNotShown() async throws {
        let kept = try TemporaryFolder(prefix: "banner")
        defer { withExtendedLifetime(kept) {} }
        try kept.write("banner", HostileText.line + "\n")
        var options = SSHDFixture.Options()
        options.configuration = ["Banner \(kept.path("banner"))"]
        try await SSHDFixture.with(options) { sshd in
            // It is sent: OpenSSH's own client shows it.
            let seen = try Keygen.run(
                [
                    "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o",
                    "UserKnownHostsFile=\(sshd.knownHostsPath)", "-i", sshd.userKeyPath, "-p", String(sshd.port),
                    "\(sshd.user)@127.0.0.1", "true",
                ], tool: "/usr/bin/ssh")
            #expect(seen.contains("owned"), "\(seen)")
            let site = try PluginSite(sshd, runbooks: [:])
            for words in [["nodes", "ping", "n1"], ["exec", "-n", "n1", "--", "echo", "fine"]] {
                let shown = try site.recordOnTerminal(words)
                let text = String(decoding: shown, as: UTF8.self)
                #expect(HostileText.acting(in: shown) == [], "\(words)")
                #expect(text.contains(words[0] == "exec" ? "fine" : "reachable"), "\(words): \(text)")
                #expect(!text.contains("owned"), "\(words): \(text)")
            }
        }
    }

    @Test(
        .enabled(
            if: getuid() == 0 && FileManager.default.fileExists(atPath: "/etc/pam.d/sshd"),
            "a server that asks what it likes is made in a mount namespace, which takes root"))
    func whatAServerAsksIsNotShown() async throws {
        let kept = try TemporaryFolder(prefix: "prompt")
        try kept.write("words", HostileText.line + "\n")
        try kept.write("ask", "cat \(kept.path("words"))\necho x >>\(kept.path("asked"))\n")
        try kept.write("login", "open sesame\n")
        var options = SSHDFixture.Options()
        options.account = SSHDFixture.Account(name: "tester", password: "open sesame")
        options.configuration = ["KbdInteractiveAuthentication yes", "UsePAM yes"]
        options.pam = [
            "auth optional pam_exec.so quiet stdout /bin/sh \(kept.path("ask"))", "auth required pam_unix.so",
            "account required pam_permit.so", "session required pam_permit.so",
        ]
        try await SSHDFixture.with(options) { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            try site.site.folder.write(
                "inventory/site.yaml",
                """
                schema_version: 1
                nodes:
                  n1:
                    address: 127.0.0.1
                    ssh: {port: \(sshd.port), user: tester, password: "file:\(kept.path("login"))"}
                """)
            let shown = try site.recordOnTerminal(["nodes", "ping", "n1"])
            let text = String(decoding: shown, as: UTF8.self)
            #expect(HostileText.acting(in: shown) == [])
            #expect(text.contains("reachable") && !text.contains("owned"), "\(text)")
            try await sshd.waitForLog("Accepted keyboard-interactive")
            #expect(try kept.read("asked").hasPrefix("x\n"))
        }
    }

    /// What answers, and closes the connection once it has said `words`.
    private func with(
        _ words: [UInt8], _ body: (_ site: PluginSite) throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in
            try await FakeServer.with({ peer in
                peer.send(words)
                shutdown(peer.descriptor, CInt(SHUT_WR))
                peer.receive()
            }) { server in
                let site = try PluginSite(sshd, runbooks: [:])
                try site.site.folder.write(
                    "inventory/fake.yaml",
                    "schema_version: 1\nnodes: {n2: {address: 127.0.0.1, ssh: {port: \(server.port)}}}\n")
                try body(site)
            }
        }
    }

    private func isSpelledOut(_ site: PluginSite, where sentence: String) throws {
        for words in [
            ["nodes", "ping", "n2"], ["exec", "-n", "n2", "--", "true"], ["show", "last", "-n", "n2"],
            ["show", "last", "--output", "jsonl"],
        ] {
            let shown = try site.recordOnTerminal(words)
            #expect(HostileText.acting(in: shown) == [], "\(words)")
            let text = String(decoding: shown, as: UTF8.self)
            #expect(text.contains(sentence), "\(words): \(text)")
            // JSON escapes the backslash.
            let spelled = words.contains("jsonl") ? Self.spelled.replacing("\\", with: "\\\\") : Self.spelled
            #expect(text.contains(spelled), "\(words): \(text)")
        }
    }

    @Test func whatIsNoSSHServerIsQuotedHarmlessly() async throws {
        try await with(Array((HostileText.line + "\r\n").utf8)) { site in
            try isSpelledOut(site, where: "does not speak SSH")
        }
    }

    @Test func whatAServerSaysAsItDisconnectsIsQuotedHarmlessly() async throws {
        let greeting = Array("SSH-2.0-Fake\r\n".utf8)
        try await with(greeting + Self.farewell(HostileText.line)) { site in
            try isSpelledOut(site, where: "was lost")
        }
    }

    /// SSH_MSG_DISCONNECT in a packet as it is before keys are exchanged (RFC 4253, sections 6 and 11.1).
    private static func farewell(_ words: String) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) } }
        var payload: [UInt8] = [1]
        payload += number(11)
        payload += number(words.utf8.count)
        payload += Array(words.utf8)
        payload += number(0)
        let padding = 4 + (8 - (5 + payload.count + 4) % 8) % 8
        var packet = number(1 + payload.count + padding)
        packet.append(UInt8(padding))
        packet += payload
        packet += [UInt8](repeating: 0, count: padding)
        return packet
    }
}
