import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Jump hosts that do something else than pass bytes on, and what they never get from it.
@Suite struct HostileJumpTests {
    /// A node behind `jump`, whose tunnels lead back to the jump host's own SSH server: that one ends the inner session
    /// itself. It lets in the key that the agent holds.
    private static func node(_ jump: SSHDFixture, agent: String, policy: HostKeyPolicy) -> SSHTarget {
        var node = jump.target("node")
        node.address = "localhost"
        node.identityFiles = []
        node.identitiesOnly = false
        node.useAgent = true
        node.agentSocket = agent
        node.hostKeyPolicy = policy
        node.jumpHosts = [jump.target("jump")]
        return node
    }

    @Test(arguments: [
        (HostKeyPolicy.strict, true, "host-key-changed"), (.acceptNew, true, "host-key-changed"),
        (.strict, false, "host-key-unknown"), (.acceptNew, false, "host-key-shared"),
    ])
    func oneThatEndsTheInnerSessionItselfGetsNoPasswordAndNoSignature(
        policy: HostKeyPolicy, isRecorded: Bool, code: String
    ) async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["PasswordAuthentication yes", "KbdInteractiveAuthentication yes"]
        try await SSHDFixture.with(options) { jump in
            try await AgentFixture.with(in: jump.folder) { agent in
                try agent.add(jump.userKeyPath)
                if isRecorded {
                    try Keygen.generate(type: "ecdsa", at: jump.folder.path("genuine"))
                    let line = "[node]:\(jump.port) \(try jump.folder.read("genuine.pub"))"
                    try jump.folder.write("known_hosts", try jump.folder.read("known_hosts") + line)
                }
                let before = try jump.folder.read("known_hosts")
                let (asked, signed) = (Counter(), Counter())
                var context = jump.context()
                context.credentials = SSHCredentials(
                    password: { _ in
                        asked.add()
                        return "password"
                    },
                    prompts: { _, prompts in
                        asked.add()
                        return prompts.map { _ in "password" }
                    })
                let sign: @Sendable (CInt) -> Void = { _ in signed.add() }
                try await FakeAgent.with(in: jump.folder, realPath: agent.path, onSign: sign) { path in
                    let target = Self.node(jump, agent: path, policy: policy)
                    let error = try await jump.connectionFailure(target, context)
                    #expect(error.code == code, "\(error)")
                    #expect(error.node == "node")
                    #expect(!error.isRetryable)
                }
                #expect(asked.value == 0)
                #expect(signed.value == 0)
                #expect(try jump.folder.read("known_hosts") == before)
                // The one on the jump host itself, with a key file.
                #expect(jump.log.matches(of: /Accepted publickey/).count == 1)
                #expect(jump.log.matches(of: /Connection from/).count == 2)
                #expect(!jump.log.contains("authenticating user") && !jump.log.contains("Failed"), "\(jump.log)")
            }
        }
    }

    /// The agent's socket is never passed on, so there is nothing on a jump host that could sign.
    @Test func theAgentIsNotForwarded() async throws {
        try await SSHDFixture.with { jump in
            try await AgentFixture.with(in: jump.folder) { agent in
                try agent.add(jump.userKeyPath)
                try await jump.withPool { pool in
                    let connection = try await pool.connection(to: agent.target(jump))
                    let result = try await connection.run("echo \"[$SSH_AUTH_SOCK]\"")
                    #expect(text(result.standardOutput) == "[]\n")
                }
            }
        }
    }

    /// Every opening goes to a place that never answers. Each node has its own deadline, and others are not held up.
    @Test func oneThatStallsEachOpeningFailsItsOwnNodesOnly() async throws {
        try await SSHDFixture.with { jump in
            try await FakeServer.with(backlog: 0, nil) { dead in
                var held: [CInt] = []
                defer { for descriptor in held { close(descriptor) } }
                for _ in 0..<3 { held.append(FreePort.connectWithoutWaiting(to: dead.port)) }
                var limits = SSHPool.Limits()
                limits.stalledOpen = .milliseconds(200)
                try await SSHDFixture.withPool(jump.context(), limits: limits) { pool in
                    let errors = try await withThrowingTaskGroup(of: SSHError.self) { group in
                        for index in 0..<6 {
                            group.addTask {
                                var node = jump.target("node\(index)")
                                node.port = dead.port
                                node.deadlines.open = .seconds(2)
                                node.jumpHosts = [jump.target("jump")]
                                return try await failure { _ = try await pool.connection(to: node) }
                            }
                        }
                        let beside = try await pool.connection(to: jump.target("beside"))
                        #expect(try await beside.run("true").isSuccess)
                        return try await group.reduce(into: [SSHError]()) { $0.append($1) }
                    }
                    #expect(Set(errors.map(\.node)).count == 6)
                    for error in errors {
                        guard case .jumpFailed(let cause) = error.kind, case .timedOut(.open) = cause.kind else {
                            Issue.record("\(error)")
                            continue
                        }
                        #expect(error.description.contains("through its jump host"))
                    }
                }
            }
        }
    }
}
