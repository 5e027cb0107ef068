import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Nodes behind other nodes, over real servers.
@Suite struct JumpTests {
    private func context(_ servers: SSHDFixture...) -> SSHContext { context(servers) }

    private func context(_ servers: [SSHDFixture]) -> SSHContext {
        SSHContext(hostKeys: HostKeyStore(paths: servers.map(\.knownHostsPath)))
    }

    private func target(_ node: SSHDFixture, through jumps: [SSHDFixture], _ name: String = "node") -> SSHTarget {
        var target = node.target(name)
        target.jumpHosts = jumps.enumerated().map { $0.element.target("jump\($0.offset)") }
        return target
    }

    @Test func twoHopsAreCheckedEndToEnd() async throws {
        try await SSHDFixture.with { first in
            try await SSHDFixture.with { second in
                try await SSHDFixture.with { node in
                    try await SSHDFixture.withPool(context(first, second, node)) { pool in
                        let connection = try await pool.connection(to: target(node, through: [first, second]))
                        #expect(await connection.trust == .verified)
                        let result = try await connection.run("echo $SSH_CONNECTION")
                        #expect(text(result.standardOutput).hasSuffix(" 127.0.0.1 \(node.port)\n"))
                        let bytes = [UInt8](repeating: 7, count: 3_000_000)
                        let echoed = try await connection.run("cat", input: bytes)
                        let isSame = echoed.standardOutput == bytes
                        #expect(isSame)
                    }
                    #expect(first.log.contains("direct-tcpip") || first.log.contains("Accepted publickey"))
                    #expect(second.log.contains("Accepted publickey"))
                    #expect(node.log.contains("Accepted publickey"))
                }
            }
        }
    }

    /// The way leads through each of them: whichever is lost, the node is.
    @Test func threeHopsAreOneWay() async throws {
        try await SSHDFixture.with(4, { _ in SSHDFixture.Options() }) { servers in
            let node = servers[3]
            let jumps = Array(servers[..<3])
            try await SSHDFixture.withPool(context(servers)) { pool in
                let connection = try await pool.connection(to: target(node, through: jumps))
                #expect(await connection.trust == .verified)
                let result = try await connection.run("echo $SSH_CONNECTION")
                #expect(text(result.standardOutput).hasSuffix(" 127.0.0.1 \(node.port)\n"))
            }
            for server in servers { #expect(server.log.matches(of: /Accepted publickey/).count == 1) }
            for jump in jumps {
                try await SSHDFixture.withPool(context(servers)) { pool in
                    let connection = try await pool.connection(to: target(node, through: jumps))
                    let channel = try await connection.openExec("cat")
                    jump.signalSessions(SIGKILL)
                    guard case .closed(.lost) = try await channel.next() else {
                        Issue.record("not lost")
                        return
                    }
                }
            }
        }
    }

    @Test(arguments: 0..<3)
    func anUnknownOneOfThreeHopsIsNamedAndNobodyBehindItIsAsked(unknown: Int) async throws {
        try await SSHDFixture.with(4, { _ in SSHDFixture.Options() }) { servers in
            let known = servers.indices.filter { $0 != unknown }.map { servers[$0] }
            try await SSHDFixture.withPool(context(known)) { pool in
                var error = try await failure {
                    _ = try await pool.connection(to: target(servers[3], through: Array(servers[..<3])))
                }
                #expect(!error.isRetryable)
                #expect(error.node == "node")
                while case .jumpFailed(let cause) = error.kind { error = cause }
                #expect(error.code == "host-key-unknown", "\(error)")
                #expect(error.node == "jump\(unknown)")
            }
            for (index, server) in servers.enumerated() {
                #expect(server.log.contains("Accepted publickey") == (index < unknown), "\(index)")
                if index > unknown { #expect(!server.log.contains("Connection from"), "\(index)") }
            }
        }
    }

    /// A jump host that answers itself instead of passing on is found out by the inner host key.
    @Test func anotherServerBehindTheJumpIsRefused() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                try await SSHDFixture.with { impostor in
                    let line = "[127.0.0.1]:\(node.port) \(try impostor.folder.read("host_ecdsa.pub"))"
                    try node.folder.write("known_hosts", line)
                    try await SSHDFixture.withPool(context(jump, node)) { pool in
                        let error = try await failure {
                            _ = try await pool.connection(to: target(node, through: [jump]))
                        }
                        #expect(error.code == "host-key-changed")
                        #expect(error.node == "node")
                    }
                    #expect(!node.log.contains("Accepted"))
                }
            }
        }
    }

    @Test func anUnknownJumpHostIsRefusedBeforeAnythingIsSent() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { jump in
            try await SSHDFixture.with { node in
                try await SSHDFixture.withPool(context(jump, node)) { pool in
                    let error = try await failure { _ = try await pool.connection(to: target(node, through: [jump])) }
                    guard case .jumpFailed(let cause) = error.kind else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(cause.code == "host-key-unknown")
                    #expect(cause.node == "jump0")
                    #expect(!error.isRetryable)
                }
                #expect(!jump.log.contains("Accepted"))
            }
        }
    }

    @Test func manySessionsShareTheJumpHost() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                var limits = SSHPool.Limits()
                limits.startsPerDestination = 64
                try await SSHDFixture.withPool(context(jump, node), limits: limits) { pool in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<64 {
                            group.addTask {
                                var target = target(node, through: [jump], "node\(index)")
                                target.deadlines.open = .seconds(60)
                                let connection = try await pool.connection(to: target)
                                let result = try await connection.run("echo \(index); head -c 100000 /dev/zero")
                                #expect(result.isSuccess)
                                #expect(result.standardOutput.count == "\(index)\n".utf8.count + 100_000)
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                let logins = jump.log.matches(of: /Accepted publickey/).count
                #expect((1...8).contains(logins))
                #expect(node.log.matches(of: /Accepted publickey/).count == 64)
            }
        }
    }

    /// An opening that is not answered is given up; tunnels over the same connection go on.
    @Test func aNodeThatDoesNotAnswerLeavesTheOthersAlone() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                try await FakeServer.with(backlog: 0, nil) { dead in
                    var held: [CInt] = []
                    defer { for descriptor in held { close(descriptor) } }
                    for _ in 0..<3 { held.append(FreePort.connectWithoutWaiting(to: dead.port)) }
                    var limits = SSHPool.Limits()
                    limits.connectionsPerJumpHost = 1...2
                    limits.stalledOpen = .milliseconds(200)
                    try await SSHDFixture.withPool(context(jump, node), limits: limits) { pool in
                        let alive = try await pool.connection(to: target(node, through: [jump], "alive"))
                        var unanswered = target(node, through: [jump], "dead")
                        unanswered.port = dead.port
                        unanswered.deadlines.open = .milliseconds(600)
                        let error = try await failure { _ = try await pool.connection(to: unanswered) }
                        guard case .jumpFailed(let cause) = error.kind, case .timedOut(.open) = cause.kind else {
                            Issue.record("\(error)")
                            return
                        }
                        // The opening still blocks that connection, so the next one takes another.
                        #expect(try await alive.run("true").isSuccess)
                        let late = try await pool.connection(to: target(node, through: [jump], "late"))
                        #expect(try await late.run("true").isSuccess)
                    }
                }
            }
        }
    }

    @Test func aClosedPortBehindTheJumpIsNamed() async throws {
        try await SSHDFixture.with { jump in
            var closed = jump.target("closed")
            let held = try FreePort.hold()
            defer { close(held.descriptor) }
            closed.port = held.port
            closed.jumpHosts = [jump.target("jump")]
            let error = try await jump.connectionFailure(closed)
            guard case .jumpFailed(let cause) = error.kind, case .openRefused(let reason) = cause.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("connect failed"))
        }
    }

    @Test func aJumpHostThatForbidsForwardingIsNamed() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["AllowTcpForwarding no"]
        try await SSHDFixture.with(options) { jump in
            var node = jump.target("node")
            node.jumpHosts = [jump.target("jump")]
            let error = try await jump.connectionFailure(node)
            #expect(error.description.contains("administratively prohibited"))
        }
    }

    @Test func aLostJumpHostLosesItsNodesAndIsReplaced() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                try await SSHDFixture.withPool(context(jump, node)) { pool in
                    let first = try await pool.connection(to: target(node, through: [jump]))
                    let channel = try await first.openExec("cat")
                    jump.signalSessions(SIGKILL)
                    guard case .closed(.lost) = try await channel.next() else {
                        Issue.record("not lost")
                        return
                    }
                    #expect(first.isClosed)
                    let second = try await pool.connection(to: target(node, through: [jump]))
                    #expect(try await second.run("true").isSuccess)
                }
            }
        }
    }

    /// A window that is full must neither lose bytes nor hold up the other node on the same jump host.
    @Test func aSlowNodeDoesNotHoldUpItsNeighbour() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                var limits = SSHPool.Limits()
                limits.connectionsPerJumpHost = 1...1
                try await SSHDFixture.withPool(context(jump, node), limits: limits) { pool in
                    let slow = try await pool.connection(to: target(node, through: [jump], "slow"))
                    let fast = try await pool.connection(to: target(node, through: [jump], "fast"))
                    let go = node.folder.path("go")
                    let channel = try await slow.openExec("while [ ! -e \(go) ]; do sleep 0.05; done; wc -c")
                    let writer = Task {
                        for _ in 0..<200 { try await channel.write([UInt8](repeating: 1, count: 65536)) }
                        try await channel.closeInput()
                    }
                    for _ in 0..<20 { #expect(try await fast.run("true").isSuccess) }
                    try "".write(toFile: go, atomically: true, encoding: .utf8)
                    let result = try await drain(channel)
                    try await writer.value
                    #expect(text(result.output) == "\(200 * 65536)\n")
                }
            }
        }
    }

    @Test func keysOfTheJumpHostAreExchangedAgainUnderLoad() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["RekeyLimit 512K"]
        try await SSHDFixture.with(options) { jump in
            try await SSHDFixture.with(options) { node in
                var limits = SSHPool.Limits()
                limits.connectionsPerJumpHost = 1...1
                try await SSHDFixture.withPool(context(jump, node), limits: limits) { pool in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<4 {
                            group.addTask {
                                let connection = try await pool.connection(
                                    to: target(node, through: [jump], "node\(index)"))
                                let bytes = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* (index + 3) >> 2) }
                                let echoed = try await connection.run("cat", input: bytes)
                                let isSame = echoed.standardOutput == bytes
                                #expect(isSame)
                            }
                        }
                        try await group.waitForAll()
                    }
                }
            }
        }
    }

    /// A command and a tunnel on one connection: the command's reader is the one that takes the tunnel's bytes off the
    /// wire, and nothing else happens that could make up for a wake-up that is forgotten.
    @Test func aReaderOfTheJumpHostWakesItsTunnels() async throws {
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with { node in
                let shared = context(jump, node)
                try await SSHDFixture.withPool(shared) { pool in
                    let outer = try await pool.connection(to: jump.target("jump"))
                    let idle = try await outer.openExec("cat")
                    async let event = idle.next()
                    let target = node.target()
                    let tunnel = try await outer.openTunnel(to: target)
                    let inner = try SSHConnection(target, over: tunnel, on: outer.eventLoop)
                    try await inner.open(lookup: try shared.hostKeys.lookup(target), context: shared)
                    for round in 0..<20 {
                        let result = try await inner.run("echo \(round)")
                        #expect(text(result.standardOutput) == "\(round)\n")
                    }
                    try await idle.write([65])
                    #expect(try await event == .standardOutput([65]))
                    await inner.close()
                }
            }
        }
    }
}
