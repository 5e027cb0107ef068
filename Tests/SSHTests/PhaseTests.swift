import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Servers that are slow, silent or something else than an SSH server.
@Suite struct PhaseTests {
    private func target(_ port: UInt16, _ deadlines: SSHDeadlines = SSHDeadlines()) -> SSHTarget {
        SSHTarget(name: "node", address: "127.0.0.1", port: port, user: "root", useAgent: false, deadlines: deadlines)
    }

    private func connect(_ target: SSHTarget) async throws -> SSHError {
        let context = SSHContext(hostKeys: HostKeyStore(paths: ["/nonexistent/known_hosts"]))
        return try await SSHDFixture.withPool(context) { pool in
            try await failure { _ = try await pool.connection(to: target) }
        }
    }

    @Test func whateverKeepsAConnectionFromBeingMadeSaysWhatToDo() {
        let kinds: [(SSHError.Kind, SSHError.Phase)] = [
            (.dns("x"), .resolve), (.refused, .connect), (.unreachable("x"), .connect), (.timedOut(.connect), .connect),
            (.timedOut(.banner), .banner), (.timedOut(.keyExchange), .keyExchange), (.timedOut(.open), .open),
            (.timedOut(.authentication), .authentication), (.bannerGarbage("x"), .banner), (.bannerMissing, .banner),
            (.keyExchangeFailed("x"), .keyExchange), (.hostKeysUnusable(path: "/x", reason: "x"), .hostKey),
            (.lost("x"), .banner), (.lost("x"), .keyExchange), (.lost("x"), .authentication),
            (.openRefused("x"), .open),
        ]
        for (kind, phase) in kinds {
            let error = SSHError(kind, node: "node", phase: phase)
            #expect(error.hint != nil, "\(error)")
        }
    }

    @Test func aClosedPortIsRefused() async throws {
        let held = try FreePort.hold()
        defer { close(held.descriptor) }
        let error = try await connect(target(held.port))
        #expect(error.code == "refused")
        #expect(error.isRetryable)
    }

    @Test func aNameThatDoesNotExistIsNamed() async throws {
        let target = SSHTarget(name: "node", address: "node.invalid", user: "root")
        let error = try await connect(target)
        #expect(error.code == "dns")
        #expect(error.phase == .resolve)
    }

    /// A full accept queue: the kernel drops the SYN.
    @Test func aConnectionThatIsNotAcceptedTimesOut() async throws {
        try await FakeServer.with(backlog: 0, nil) { server in
            var held: [CInt] = []
            defer { for descriptor in held { close(descriptor) } }
            for _ in 0..<3 { held.append(FreePort.connectWithoutWaiting(to: server.port)) }
            var deadlines = SSHDeadlines()
            deadlines.connect = .milliseconds(300)
            let error = try await connect(target(server.port, deadlines))
            guard case .timedOut(.connect) = error.kind else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test(arguments: ["", "SSH-2.0-Fa"])
    func aServerThatStopsBeforeTheEndOfItsVersionTimesOutInTheBannerPhase(said: String) async throws {
        try await FakeServer.with({ peer in
            peer.send(said)
            peer.receive()
        }) { server in
            var deadlines = SSHDeadlines()
            deadlines.banner = .milliseconds(300)
            let error = try await connect(target(server.port, deadlines))
            guard case .timedOut(.banner) = error.kind else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func aServerThatStopsAfterItsVersionTimesOutInTheKeyExchange() async throws {
        try await FakeServer.with({ peer in
            peer.send("SSH-2.0-Fake\r\n")
            peer.receive()
        }) { server in
            var deadlines = SSHDeadlines()
            deadlines.keyExchange = .milliseconds(300)
            let error = try await connect(target(server.port, deadlines))
            guard case .timedOut(.keyExchange) = error.kind else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func anotherProtocolIsNamedWithWhatItSaid() async throws {
        try await FakeServer.with({ peer in
            peer.receive(through: "\n")
            peer.send("HTTP/1.1 400 Bad Request\r\n\u{1b}[31mred\r\n\r\n")
        }) { server in
            let error = try await connect(target(server.port))
            #expect(error.code == "banner-garbage")
            #expect(error.description.contains("HTTP/1.1 400"))
            #expect(!error.description.unicodeScalars.contains("\u{1b}"))
            #expect(!error.isRetryable)
        }
    }

    @Test(arguments: ["x", "line\n", "\0"])
    func aServerThatTalksForEverIsGarbage(_ piece: String) async throws {
        try await FakeServer.with({ peer in
            let block = String(repeating: piece, count: 4096)
            while peer.send(block) {}
        }) { server in
            let error = try await connect(target(server.port))
            #expect(error.code == "banner-garbage")
        }
    }

    @Test func aServerThatClosesAtOnceIsTriedAgain() async throws {
        let count = Counter()
        try await FakeServer.with({ _ in count.add() }) { server in
            let error = try await connect(target(server.port))
            #expect(error.code == "banner-missing")
        }
        #expect(count.value == RetryPolicy().attempts)
    }

    /// What the client sends is read to its end: a reset would take the version line along.
    @Test func aServerThatClosesInTheKeyExchangeIsLost() async throws {
        try await FakeServer.with({ peer in
            peer.send("SSH-2.0-Fake\r\n")
            shutdown(peer.descriptor, CInt(SHUT_WR))
            peer.receive()
        }) { server in
            let error = try await connect(target(server.port))
            #expect(error.code == "lost")
            #expect(error.phase == .keyExchange)
        }
    }

    /// The packet is longer than any may be.
    @Test func aMalformedPacketEndsTheKeyExchange() async throws {
        try await FakeServer.with({ peer in
            peer.send("SSH-2.0-Fake\r\n" + String(repeating: "\u{7f}", count: 4096))
            peer.receive()
        }) { server in
            let error = try await connect(target(server.port))
            #expect(error.phase == .keyExchange)
        }
    }

    @Test func algorithmsThatDoNotMeetAreBothListed() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["MACs hmac-sha2-256-etm@openssh.com", "Ciphers aes128-ctr"]
        try await SSHDFixture.with(options) { sshd in
            let error = try await sshd.connectionFailure()
            guard case .algorithmsDisagree(let lists) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(lists.purpose == "MAC")
            #expect(lists.ours == ["hmac-sha2-256", "hmac-sha2-512"])
            #expect(lists.theirs == ["hmac-sha2-256-etm@openssh.com"])
            #expect(!error.isRetryable)
        }
    }

    @Test func anRSAHostKeyAloneIsExplained() async throws {
        var options = SSHDFixture.Options()
        options.hostKeyTypes = ["rsa"]
        try await SSHDFixture.with(options) { sshd in
            let error = try await sshd.connectionFailure()
            #expect(error.code == "algorithms-disagree")
            #expect(error.hint?.contains("Only an RSA key is recorded") == true)
        }
    }

    /// Well-formed packets that libssh2 keeps because somebody might ask for them.
    @Test func aFloodOfPacketsIsBounded() async throws {
        try await FakeServer.with({ peer in
            peer.send("SSH-2.0-Fake\r\n")
            var packet: [UInt8] = [0, 0, 0x7c, 0xfc, 10, 81]
            packet += [UInt8](repeating: 0, count: 0x7cfc - 2)
            while peer.send(packet) {}
        }) { server in
            let before = residentBytes()
            var flooded = target(server.port)
            flooded.deadlines.keyExchange = .seconds(600)
            let error = try await connect(flooded)
            #expect(error.description.contains("more than a session may hold"))
            #expect(residentBytes() - before < 256 << 20)
        }
    }

    @Test func cancellationEndsAConnectionThatWaits() async throws {
        let clients = Counter()
        try await FakeServer.with({ peer in
            clients.add()
            peer.receive()
        }) { server in
            let context = SSHContext(hostKeys: HostKeyStore(paths: []))
            try await SSHDFixture.withPool(context) { pool in
                let task = Task { try await failure { _ = try await pool.connection(to: target(server.port)) } }
                let isConnected = try await becomes { clients.value == 1 }
                #expect(isConnected)
                task.cancel()
                #expect(try await task.value.code == "cancelled")
            }
        }
    }
}

/// Counts across threads.
final class Counter: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var count = 0

    func add() { lock.withLock { count += 1 } }
    var value: Int { lock.withLock { count } }
}
