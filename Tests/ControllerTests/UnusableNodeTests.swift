import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// A node of three to which no run can log in: it ends by itself, with what is to be done about it, and the others have
/// their run.
@Suite(.serialized, .nodesOfThisMachine) struct UnusableNodeTests {
    /// Each server's HOME is its own.
    private static let runbook = """
        schema_version: 1
        name: work
        version: 1
        title: Works
        targets: "@*"
        strategy: {max_failures: 1}
        detect:
          - name: done
            probe: test -e "$HOME/done"
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: work
            run: echo x >>"$HOME/done"
            undo: rm -f "$HOME/done"
        verify: [detect]
        """

    /// Runs with `n1`, which is behind `port`, and two nodes that are well. `open` is the server of `n1` where it lets us in:
    /// a command can't be carried out there, although it was reached.
    private func check(
        _ port: UInt16, knownHosts: [String], open: SSHDFixture? = nil, text: String, hint: String
    ) async throws {
        try await SSHDFixture.with(2, { _ in SSHDFixture.Options() }) { servers in
            let first = servers[0]
            let key = try first.folder.read("user.pub")
            try servers[1].addAuthorizedKey(key)
            try open?.addAuthorizedKey(key)
            let site = try Installation(
                first,
                inventory: Installation.nodes(first, ports: [port, first.port, servers[1].port]),
                runbooks: ["work": Self.runbook])
            var settings = site.settings
            settings.knownHosts = knownHosts + servers.map(\.knownHostsPath)
            let orders: [(order: RunOrder, own: OutcomeClass, others: OutcomeClass)] = [
                (
                    RunOrder(kind: .exec, selector: "n[1-3]", command: ["echo", "here"]),
                    open == nil ? .unreachable : .failed, .healthy
                ), (RunOrder(kind: .apply, runbook: "work", selector: "n[1-3]"), .unreachable, .remediated),
            ]
            for (order, own, others) in orders {
                let ending = try await site.carryOut(order, settings: settings)
                #expect(ending.state.counts == [own: 1, others: 2], "\(ending.state.nodes)")
                #expect(ending.exitStatus == 1)
                let outcome = try #require(ending.state.nodes["n1"]?.outcome)
                #expect(outcome.outcome == own)
                #expect(outcome.text.contains(text), "\(outcome.text)")
                #expect(outcome.hint?.contains(hint) == true, "\(outcome)")
                if order.kind == .exec {
                    #expect(try await site.outputs(of: ending.state.header?.id) == "here\nhere\n")
                }
            }
            for server in servers { #expect(try server.folder.read("done") == "x\n") }
        }
    }

    @Test func aServerThatTakesNoneOfOurKeysIsAskedOnceARunAndToldWithTheKeyThatWasTried() async throws {
        try await SSHDFixture.with { sshd in
            try await check(
                sshd.port, knownHosts: [sshd.knownHostsPath],
                text: "n1 refused to log in \(sshd.user); keys tried: SHA256:",
                hint: "Check that the public key is in ~\(sshd.user)/.ssh/authorized_keys")
            #expect(sshd.log.matches(of: /Connection from/).count == 2, "\(sshd.log)")
            #expect(!sshd.log.contains("Accepted"))
        }
    }

    @Test func aServerWithAnotherKeyThanTheRecordedOneIsToldWithWhereThatStands() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("other"))
            try sshd.folder.write("known_hosts", "[127.0.0.1]:\(sshd.port) \(try sshd.folder.read("other.pub"))")
            try await check(
                sshd.port, knownHosts: [sshd.knownHostsPath], text: "\(sshd.knownHostsPath):1",
                hint: "If the node was reinstalled: runbook nodes keys forget n1")
            #expect(!sshd.log.contains("Accepted"))
        }
    }

    @Test func aServerThatStopsInTheMiddleOfItsGreetingIsGivenUp() async throws {
        try await FakeServer.with({ peer in
            peer.send("SSH-2.0-Fa")
            peer.receive()
        }) { server in
            try await check(
                server.port, knownHosts: [], text: "n1 did not answer in time",
                hint: "The node's sshd may be overloaded or limited by MaxStartups")
        }
    }

    @Test func aServerThatAnswersSomethingElseThanSSHIsToldWithWhatItSaid() async throws {
        try await FakeServer.with({ peer in
            peer.receive(through: "\n")
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }) { server in
            try await check(
                server.port, knownHosts: [], text: "What answers for n1 does not speak SSH; it said “HTTP/1.1 400",
                hint: "Check the port; another service may listen there.")
        }
    }

    /// A server that runs `command` in place of the login shell.
    private func checkShell(_ command: String, text: String, hint: String) async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["ForceCommand \(command)"]
        try await SSHDFixture.with(options) { sshd in
            try await check(sshd.port, knownHosts: [sshd.knownHostsPath], open: sshd, text: text, hint: hint)
        }
    }

    @Test(arguments: ["exec cat /dev/urandom", "head -c 1073741824 /dev/zero | tr '\\0' x"])
    func aShellThatPrintsGarbageWithoutEndIsGivenUp(command: String) async throws {
        try await checkShell(
            command, text: "The node did not greet: more than 256 KiB came before the greeting",
            hint: "Make its login files silent.")
    }

    @Test func aShellThatEndsAtOnceIsToldWithItsLastWords() async throws {
        try await checkShell(
            "echo 'no log-in here' >&2; exit 1",
            text: "The login shell could not start the supervisor: no log-in here", hint: "Log in by hand with ssh")
    }
}
