import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// Servers that keep all that reaches them, jump hosts that serve for others, and shells that ask for a password: what
/// none of them gets. One after the other: a machine has one lease.
@Suite(.serialized, .nodesOfThisMachine) struct HostileServerTests {
    private static let secret = "marked-\(UInt64.random(in: 0 ... .max))-secret"

    private let tell = """
        schema_version: 1
        name: tell
        version: 1
        title: Tells a secret
        targets: "@*"
        parameters:
          token: {type: secret, from: "file:/dev/null", description: A token}
        detect:
          - name: told
            probe: test -e "$HOME/told"
            healthy: {exit: 0}
            causes: [{id: untold, when: {exit: 1}}]
        steps:
          - name: tell
            for: [untold]
            irreversible: true
            env: {TOKEN: "${{ params.token }}"}
            run: cat "$TOKEN_file" >"$HOME/told"
        verify: [detect]
        on_failure: stop
        """

    private let order = RunOrder(kind: .exec, selector: "n1", command: ["true"], become: true)

    /// A server that runs `script` in place of every command; what it writes to `received` is what it got.
    private func with(
        _ script: String, isKnown: Bool = false, configuration: [String] = [],
        _ body: (SSHDFixture, TemporaryFolder) async throws -> Void
    ) async throws {
        let kept = try TemporaryFolder(prefix: "kept")
        try kept.write("serve", script.replacing("KEPT", with: kept.root))
        var options = SSHDFixture.Options()
        options.isKnown = isKnown
        options.configuration = ["ForceCommand exec /bin/sh \(kept.path("serve"))"] + configuration
        try await SSHDFixture.with(options) { sshd in try await body(sshd, kept) }
    }

    private func inventory(_ sshd: SSHDFixture, _ settings: String, become: String = "{method: none}") -> String {
        """
        schema_version: 1
        defaults: {become: \(become)}
        nodes:
          n1:
            address: 127.0.0.1
            ssh: {port: \(sshd.port), user: \(sshd.user), identity_file: \(sshd.userKeyPath)\(settings)}
        """
    }

    private func site(_ sshd: SSHDFixture, _ inventory: String) throws -> Installation {
        let site = try Installation(sshd, inventory: inventory, runbooks: ["tell": tell, "look": Installation.look])
        try site.folder.write("secret", Self.secret)
        return site
    }

    private func received(_ kept: TemporaryFolder) -> String { (try? kept.read("received")) ?? "" }

    /// Whether the secret is there, as it is or as it travels.
    private func holdsSecret(_ text: String) -> Bool {
        text.contains(Self.secret) || text.contains(Data(Self.secret.utf8).base64EncodedString())
    }

    /// It works as any server does, and copies its clients' bytes.
    private let copying = "tee -a KEPT/received | /bin/sh -c \"$SSH_ORIGINAL_COMMAND\""

    @Test func oneThatWasAcceptedJustNowGetsNeitherTheSecretNorTheStepThatUsesIt() async throws {
        try await with(copying) { sshd, kept in
            let site = try site(sshd, inventory(sshd, ", host_keys: accept-new"))
            let order = RunOrder(
                kind: .apply, runbook: "tell", selector: "n1",
                parameters: ["token": "file:\(site.folder.path("secret"))"])
            let first = try await site.carryOut(order)
            #expect(first.exitStatus == 1)
            #expect(first.state.nodes["n1"]?.outcome?.text.contains("secret") == true, "\(first.state.nodes)")
            let got = received(kept)
            #expect(!got.contains(" STEP ") && !holdsSecret(got), "\(got)")
            #expect(!FileManager.default.fileExists(atPath: sshd.folder.path("told")))
            // The same once the key was recorded before: it is kept, so it would have been seen above.
            let second = try await site.carryOut(order)
            #expect(second.exitStatus == 0, "\(second.state.nodes)")
            #expect(received(kept).contains(" STEP ") && holdsSecret(received(kept)))
            #expect(try sshd.folder.read("told") == Self.secret)
        }
    }

    @Test func oneThatIsNotCheckedGetsNothingThatChangesIt() async throws {
        try await with(copying) { sshd, kept in
            let site = try site(sshd, inventory(sshd, ""))
            var settings = site.settings
            settings.hostKeys = .off
            let parameters = ["token": "file:\(site.folder.path("secret"))"]
            for kind in [RunHeader.Kind.apply, .exec] {
                await #expect(throws: RequestError.self) {
                    try await site.carryOut(
                        RunOrder(
                            kind: kind, runbook: "tell", selector: "n1", parameters: parameters, command: ["true"]),
                        settings: settings)
                }
            }
            #expect(!sshd.log.contains("Connection from"))
            // It may be looked at, but not with a secret at hand.
            for (runbook, parameters) in [("look", [:]), ("tell", parameters)] {
                _ = try await site.carryOut(
                    RunOrder(kind: .diagnose, runbook: runbook, selector: "n1", parameters: parameters),
                    settings: settings)
            }
            #expect(received(kept).contains(" RUN "))
            #expect(!received(kept).contains(" STEP ") && !holdsSecret(received(kept)))
        }
    }

    /// It shows the prompt that it was told to show, and waits for an answer.
    private let prompting = """
        printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >&2
        head -n 1 >>KEPT/received
        exit 1
        """

    @Test(arguments: [HostKeyChecking.acceptNew, .off])
    func withoutARecordedKeySudosOwnPromptGetsNoPassword(_ checking: HostKeyChecking) async throws {
        try await with(prompting) { sshd, kept in
            let site = try Installation(sshd, inventory: "")
            try site.folder.write("secret", Self.secret)
            let become = "{method: sudo, password: \"file:\(site.folder.path("secret"))\"}"
            try site.folder.write("inventory/site.yaml", inventory(sshd, "", become: become))
            var settings = site.settings
            settings.hostKeys = checking
            try site.folder.write("runbooks/look.yaml", Installation.look)
            let order = RunOrder(kind: .diagnose, runbook: "look", selector: "n1")
            let first = try await site.carryOut(order, settings: settings)
            let text = "\(first.state.nodes)"
            #expect(text.contains("The sudo password is not sent to n1"), "\(text)")
            #expect(received(kept).isEmpty)
            guard checking == .acceptNew else { return }
            // Recorded by now: the same server is a node, and has it.
            _ = try await site.carryOut(order)
            #expect(received(kept).contains(Self.secret))
        }
    }

    /// A login shell that asks as sudo does, and takes what comes.
    @Test func aPromptOfALoginFileGetsNoPasswordAndTheRunGoesOn() async throws {
        try await SSHDFixture.with { sshd in
            try sshd.folder.write(
                ".bashrc",
                """
                printf '[sudo] password for %s: ' "$USER" >&2
                printf 'Password: \\nrunbook-0123456789abcdef:' >&2
                printf '[sudo] password for root: '
                echo asked >>\(sshd.folder.path("asked"))
                IFS= read -r -t 1 line && printf '%s\\n' "$line" >>\(sshd.folder.path("received"))
                """)
            let site = try Installation(sshd, inventory: "")
            try site.folder.write("secret", Self.secret)
            let become = "{method: sudo, password: \"file:\(site.folder.path("secret"))\"}"
            try site.folder.write("inventory/site.yaml", inventory(sshd, "", become: become))
            let ending = try await site.carryOut(order)
            #expect(FileManager.default.fileExists(atPath: sshd.folder.path("asked")), "it does not read .bashrc")
            let got = (try? sshd.folder.read("received")) ?? ""
            #expect(!got.contains(Self.secret))
            #expect(ending.exitStatus == 0, "\(ending.state.nodes)")
        }
    }

    /// The jump host's tunnels end at its own server. That node is told apart from one that does not answer, and the
    /// other one has its run.
    @Test func aJumpHostThatServesForItsNodeIsNamedAndOthersGoOn() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("genuine"))
            let line = "[behind]:\(sshd.port) \(try sshd.folder.read("genuine.pub"))"
            try sshd.folder.write("known_hosts", try sshd.folder.read("known_hosts") + line)
            let site = try Installation(
                sshd,
                inventory: """
                    schema_version: 1
                    defaults:
                      ssh: {port: \(sshd.port), user: \(sshd.user), identity_file: \(sshd.userKeyPath)}
                      become: {method: none}
                    nodes:
                      gate: {address: 127.0.0.1}
                      direct: {address: 127.0.0.1}
                      behind: {address: localhost, ssh: {proxy_jump: gate}}
                    """)
            let ending = try await site.carryOut(
                RunOrder(kind: .exec, selector: "direct,behind", command: ["echo", "here"]))
            let behind = try #require(ending.state.nodes["behind"]?.outcome)
            #expect(behind.outcome == .unreachable)
            #expect(behind.text.contains("presents another host key"), "\(behind.text)")
            #expect(ending.state.nodes["direct"]?.outcome?.outcome != .unreachable)
            #expect(try await site.outputs(of: ending.state.header?.id) == "here\n")
            // One for the jump host, one for the other node.
            #expect(sshd.log.matches(of: /Accepted publickey/).count == 2, "\(sshd.log)")
        }
    }
}
