import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Approvals with keys on FIDO tokens, by OpenSSH's own tools and the stand-in for a token beside these tests.
@Suite(.serialized, .nodesOfThisMachine) struct TokenTests {
    private static let runbook = """
        schema_version: 1
        name: fix
        version: 1
        title: Puts a file there
        targets: "@*"
        approve: {approvers: ["role:leads"]}
        detect:
          - {name: there, probe: test -e NODE/done, healthy: {exit: 0}}
        steps:
          - {name: make, run: touch NODE/done, undo: rm -f NODE/done}
        verify: [detect]
        """

    private static let access = ApprovalSite.access.replacing(
        "{leads: [alice, bob]}", with: "{leads: {persons: [alice, bob], require_touch: true}}")

    /// Builds the stand-in, and lets alice sign with a key that is touched and bob with one that is not.
    private func with(_ body: (ApprovalSite, _ provider: String) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: ["fix": Self.runbook], access: Self.access)
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("StandIns/token.c").path
            let provider = site.folder.path("token.so")
            // The compiler that comes with Swift.
            let compile = #""$(dirname "$(readlink -f "$(command -v swift)")")/clang" "$@""#
            try Keygen.run(
                ["-c", compile, "sh", "-Wall", "-Werror", "-shared", "-fPIC", "-o", provider, source, "-lcrypto"],
                tool: "/bin/sh")
            var signers = ""
            for (person, options) in [("alice", []), ("bob", ["-O", "no-touch-required"])] {
                let path = site.folder.path("keys/\(person)-token")
                try Keygen.run(
                    ["SSH_SK_PROVIDER=\(provider)", "ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", path]
                        + options, tool: "/usr/bin/env")
                signers += "\(person) \(try site.folder.read("keys/\(person)-token.pub"))"
            }
            try site.folder.write(
                "inventory/allowed_signers", signers + "bob \(try site.folder.read("keys/bob.pub"))")
            try await body(site, provider)
        }
    }

    @Test func aTokenThatWasTouchedApproves() async throws {
        try await with { site, provider in
            let (run, plan) = try site.waiting()
            let given = try site.run(
                "alice", "approve", run, "--plan", plan, "--key", site.folder.path("keys/alice-token"),
                environment: ["SSH_SK_PROVIDER": provider])
            #expect(given.status == 0, "\(given.output)\(given.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    @Test func oneThatAnAgentHoldsApproves() async throws {
        try await with { site, provider in
            let socket = site.folder.path("agent")
            let agent = try ServerProcess(
                executable: "/usr/bin/ssh-agent",
                arguments: ["-D", "-a", socket, "-P", site.folder.root.replacing("//", with: "/") + "/*"])
            defer { agent.stop() }
            #expect(await agent.becomes { Glibc.access(socket, F_OK) == 0 })
            try Keygen.run(
                ["SSH_AUTH_SOCK=\(socket)", "ssh-add", "-q", "-S", provider, site.folder.path("keys/alice-token")],
                tool: "/usr/bin/env")
            let (run, plan) = try site.waiting()
            let given = try site.run(
                "alice", "approve", run, "--plan", plan, environment: ["SSH_AUTH_SOCK": socket])
            #expect(given.status == 0, "\(given.output)\(given.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    @Test(arguments: ["bob-token", "bob"])
    func whatNobodyTouchedDoesNotCount(_ key: String) async throws {
        try await with { site, provider in
            let (run, plan) = try site.waiting()
            let given = try site.run(
                "bob", "approve", run, "--plan", plan, "--key", site.folder.path("keys/\(key)"),
                environment: ["SSH_SK_PROVIDER": provider])
            #expect(given.status == 2, "\(given.output)\(given.error)")
            #expect(given.error.contains("takes a key on a token that was touched"), "\(given.error)")
            #expect(try site.phase(of: run) == "waiting_approval")
        }
    }
}
