import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Many connections at once, and their order.
@Suite struct PoolTests {
    @Test func callersAtOnceShareOneConnection() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withPool { pool in
                let connections = try await withThrowingTaskGroup(of: SSHConnection.self) { group in
                    for _ in 0..<20 { group.addTask { try await pool.connection(to: sshd.target()) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(connections.map(ObjectIdentifier.init)).count == 1)
            }
            #expect(sshd.log.matches(of: /Accepted publickey/).count == 1)
        }
    }

    /// A session with the scheduler's host that ends must not end another one there.
    @Test func aConnectionLastsAsLongAsSomebodyUsesIt() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withPool { pool in
                let first = try await pool.join(sshd.target())
                let second = try await pool.join(sshd.target())
                await pool.leave(first, to: sshd.target())
                #expect(try await second.run("true").isSuccess)
                await pool.leave(second, to: sshd.target())
                #expect(second.isClosed)
                let third = try await pool.join(sshd.target())
                #expect(try await third.run("true").isSuccess)
            }
            #expect(sshd.log.matches(of: /Accepted publickey/).count == 2)
        }
    }

    @Test func theCancelledMakerDoesNotTakeTheOthersAlong() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withPool { pool in
                for _ in 0..<10 {
                    let maker = Task { try await pool.connection(to: sshd.target()) }
                    let other = Task { try await pool.connection(to: sshd.target()) }
                    maker.cancel()
                    _ = try? await maker.value
                    let result = try await other.value.run("true")
                    #expect(result.isSuccess)
                    await pool.drop(sshd.target())
                }
            }
        }
    }

    /// sshd drops every connection beyond the third that is not logged in.
    @Test func pacingKeepsBelowMaxStartups() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["MaxStartups 3:100:3"]
        try await SSHDFixture.with(options) { sshd in
            var limits = SSHPool.Limits()
            limits.startsPerDestination = 2
            try await SSHDFixture.withPool(sshd.context(), limits: limits) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<24 {
                        group.addTask { _ = try await pool.connection(to: sshd.target("gpu\(index)")) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    /// With more starts than the server takes, the dropped ones come back later.
    @Test func droppedConnectionsAreTriedAgain() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["MaxStartups 4:100:4"]
        try await SSHDFixture.with(options) { sshd in
            var limits = SSHPool.Limits()
            limits.startsPerDestination = 12
            try await SSHDFixture.withPool(sshd.context(), limits: limits) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<12 {
                        group.addTask { _ = try await pool.connection(to: sshd.target("gpu\(index)")) }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(sshd.log.matches(of: /Accepted publickey/).count == 12)
        }
    }

    /// More servers that never answer than there are places; the live node is not held up until they time out.
    @Test func silentServersDoNotHoldUpALiveNode() async throws {
        try await SSHDFixture.with { sshd in
            try await FakeServer.with({ $0.receive() }) { silent in
                var limits = SSHPool.Limits()
                limits.handshakesPerLoop = 2
                limits.startsPerDestination = 100
                limits.handshakeWork = .milliseconds(50)
                try await SSHDFixture.withPool(sshd.context(), limits: limits) { pool in
                    let dead = (0..<60).map { index in
                        Task {
                            let target = SSHTarget(
                                name: "dead\(index)", address: "127.0.0.1", port: silent.port, user: "x")
                            _ = try await pool.connection(to: target)
                        }
                    }
                    let node = try await pool.connection(to: sshd.target())
                    #expect(try await node.run("true").isSuccess)
                    for task in dead { task.cancel() }
                    for task in dead {
                        guard case .failure(let error as SSHError) = await task.result else {
                            Issue.record("a silent server answered")
                            return
                        }
                        // None of them had reached its own deadline when the live node was done.
                        #expect(error.code == "cancelled")
                    }
                }
            }
        }
    }

    @Test func anAuthRefusalIsNotTriedAgainByThePool() async throws {
        try await SSHDFixture.with { sshd in
            try sshd.folder.write("authorized_keys", "")
            #expect(try await sshd.connectionFailure().code == "auth-refused")
            #expect(sshd.log.matches(of: /Connection from 127/).count == 1)
        }
    }

    @Test func aClosedPoolRefuses() async throws {
        try await SSHDFixture.with { sshd in
            let pool = SSHPool(sshd.context())
            let node = try await pool.connection(to: sshd.target())
            await pool.close()
            #expect(node.isClosed)
            #expect(try await failure { _ = try await pool.connection(to: sshd.target()) }.code == "closed")
        }
    }

    @Test func closingWhileConnectionsAreMadeEndsThem() async throws {
        let clients = Counter()
        try await FakeServer.with({ peer in
            clients.add()
            peer.receive()
        }) { silent in
            let pool = SSHPool(SSHContext(hostKeys: HostKeyStore(paths: [])))
            let target = SSHTarget(name: "silent", address: "127.0.0.1", port: silent.port, user: "x")
            let task = Task { try await failure { _ = try await pool.connection(to: target) } }
            #expect(try await becomes { clients.value == 1 })
            await pool.close()
            task.cancel()
            _ = try await task.value
        }
    }

    @Test func tooManyNodesAreRefusedEarly() throws {
        let error = #expect(throws: SSHError.self) { try FileLimit.check(nodes: 900, limit: 1024) }
        #expect(error?.code == "too-many-nodes")
        try FileLimit.check(nodes: 800, limit: 1024)
        #expect(FileLimit.raise() >= 1024)
    }

    @Test func aNameIsResolvedOffTheLoop() async throws {
        try await SSHDFixture.with { sshd in
            let keys = ["ecdsa", "ed25519"].compactMap { try? sshd.folder.read("host_\($0).pub") }
            try sshd.folder.write("known_hosts", keys.map { "[localhost]:\(sshd.port) \($0)" }.joined())
            var target = sshd.target("localhost")
            target.address = "localhost"
            try await sshd.withPool { _ = try await $0.connection(to: target) }
        }
    }
}

/// The choosers of the pool, which decide without a clock.
@Suite struct PoolDecisionTests {
    @Test func theGateNeverExceedsItsLimitsAndForgetsNobody() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            let limit = Int.random(in: 1...5, using: &random)
            let perDestination = Int.random(in: 1...3, using: &random)
            var gate = HandshakeGate<Int>(limit: limit, limitPerDestination: perDestination)
            var destinations: [Int: String] = [:]
            var running: Set<Int> = []
            var idle: Set<Int> = []
            var waiting: Set<Int> = []
            var order: [String: [Int]] = [:]
            func admit(_ tickets: [Int]) {
                for ticket in tickets {
                    #expect(waiting.remove(ticket) != nil)
                    running.insert(ticket)
                }
            }
            for ticket in 0..<60 {
                let destination = "host\(Int.random(in: 0..<4, using: &random))"
                destinations[ticket] = destination
                waiting.insert(ticket)
                order[destination, default: []].append(ticket)
                admit(gate.request(ticket, destination: destination))
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    if let ticket = running.randomElement(using: &random) {
                        running.remove(ticket)
                        idle.remove(ticket)
                        admit(gate.finished(ticket))
                    }
                case 1:
                    if let ticket = running.subtracting(idle).randomElement(using: &random) {
                        idle.insert(ticket)
                        admit(gate.becameIdle(ticket))
                    }
                case 2:
                    if let ticket = waiting.randomElement(using: &random) {
                        waiting.remove(ticket)
                        admit(gate.finished(ticket))
                    }
                default: break
                }
                #expect(running.subtracting(idle).count <= limit)
                let counts = Dictionary(grouping: running) { destinations[$0] ?? "" }.mapValues(\.count)
                #expect(counts.values.allSatisfy { $0 <= perDestination })
                // A place that is free is given to whoever may have it.
                let couldRun = waiting.contains { counts[destinations[$0] ?? "", default: 0] < perDestination }
                #expect(!couldRun || running.subtracting(idle).count == limit)
            }
            while let ticket = running.first {
                running.remove(ticket)
                idle.remove(ticket)
                admit(gate.finished(ticket))
            }
            #expect(waiting.isEmpty)
        }
    }

    @Test func retriesDoubleUpToALimitAndOnlyForWhatMayPass() {
        let policy = RetryPolicy()
        let dropped = SSHError(.bannerMissing, node: "n", phase: .banner)
        #expect(policy.delay(after: dropped, attempt: 1, jitter: 0) == .milliseconds(100))
        #expect(policy.delay(after: dropped, attempt: 3, jitter: 0) == .milliseconds(400))
        #expect(policy.delay(after: dropped, attempt: 5, jitter: 0) == nil)
        let refusal = AuthRefusal(user: "u", methodsOffered: [], keysTried: [], skipped: [])
        for kind: SSHError.Kind in [.authRefused(refusal), .timedOut(.connect), .cancelled, .closed, .dns("x")] {
            #expect(policy.delay(after: SSHError(kind, node: "n", phase: .connect), attempt: 1, jitter: 0) == nil)
        }
        let late = SSHError(.lost("x"), node: "n", phase: .authentication)
        #expect(policy.delay(after: late, attempt: 1, jitter: 0) == nil)
    }

    @Test func nobodyWaitsBehindAnOpeningOnAJumpHost() {
        let now = ContinuousClock.now
        let limits = SSHPool.Limits()
        let idle = JumpLoad(tunnels: 30)
        let emptier = JumpLoad(tunnels: 3)
        let stalled = JumpLoad(tunnels: 0, openingSince: now - .seconds(4))
        let busy = JumpLoad(tunnels: 0, openingSince: now - .milliseconds(100))
        func choose(_ open: [JumpLoad], _ starting: Int = 0) -> JumpChoice {
            JumpChoice.choose(open, starting: starting, limits: limits, now: now)
        }
        #expect(choose([]) == .start)
        #expect(choose([], 1) == .start)
        #expect(choose([], 2) == .wait)
        #expect(choose([stalled, busy, idle, emptier]) == .use(3))
        #expect(choose([stalled]) == .start)
        #expect(choose([busy, busy]) == .start)
        #expect(choose([busy, busy], 1) == .wait)
        #expect(choose([JumpLoad](repeating: busy, count: 8)) == .wait)
        // Stalled ones leave room for others, but not without end.
        #expect(choose([JumpLoad](repeating: stalled, count: 8)) == .start)
        #expect(choose([JumpLoad](repeating: stalled, count: 32)) == .wait)
    }
}
