import Foundation
import Glibc
import Testing

@testable import Relay

@Suite struct RelayTests {
    /// A server whose program is a shell, in a folder of its own.
    private static func with(
        _ environment: [String: String] = ["PATH": "/usr/bin:/bin"], _ body: (RelayClient, String) throws -> Void
    ) throws {
        let folder = "/tmp/relay-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/socket"
        let server = try RelayServer(at: path, program: "/bin/sh", environment: environment) { _ in }
        server.start()
        defer { server.stop() }
        try body(
            RelayClient(path: path, environment: ["TERM": "dumb", "LD_PRELOAD": "evil.so", "RUNBOOK_DB": "/x"]), path)
    }

    @Test func aCommandHasItsStreamsAndItsExitStatus() throws {
        try Self.with { client, _ in
            let (status, output) = try client.ask(["-c", "cat; echo; exit 7"], input: Array("hello".utf8))
            #expect(status == 7)
            #expect(String(decoding: output, as: UTF8.self) == "hello\n")
        }
    }

    @Test func theCommandKnowsForWhomItIsAndNothingElseOfTheirEnvironment() throws {
        try Self.with(["PATH": "/usr/bin:/bin", "OWN": "kept"]) { client, _ in
            let (_, output) = try client.ask(["-c", "env"])
            let lines = Set(String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init))
            #expect(lines.contains("OWN=kept"))
            #expect(lines.contains("TERM=dumb"))
            #expect(!lines.contains { $0.hasPrefix("LD_PRELOAD") || $0.hasPrefix("RUNBOOK_DB") })
            let served = try #require(lines.first { $0.hasPrefix("RUNBOOK_SERVED_USER=") }?.dropFirst(20))
            let peer = try #require(RelayPeer(environment: [RelayPeer.variable: String(served)]))
            #expect(peer.userID == Int(getuid()))
            #expect(peer.processID == Int(getpid()))
        }
    }

    @Test func noDescriptorOfTheServiceIsOpenInACommand() throws {
        try Self.with { client, _ in
            let (_, output) = try client.ask(["-c", "ls /proc/self/fd"])
            // The fourth is of ls itself.
            #expect(String(decoding: output, as: UTF8.self).split(separator: "\n") == ["0", "1", "2", "3"])
        }
    }

    @Test func aSignalReachesTheCommand() throws {
        try Self.with { client, path in
            let connection = try UnixSocket.connect(to: path)
            let output = Pipe()
            try connection.send(
                .command(
                    arguments: ["-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done"], environment: [:]),
                streams: [STDIN_FILENO, output.fileHandleForWriting.fileDescriptor, STDERR_FILENO])
            try output.fileHandleForWriting.close()
            #expect(output.fileHandleForReading.availableData == Data("ready\n".utf8))
            try connection.send(.signal(SIGINT))
            #expect(try connection.receive() == .ended(status: 9))
        }
    }

    @Test func aCommandGoesOnWhenWhoAskedIsGone() throws {
        try Self.with { _, path in
            let mark = path + ".mark"
            do {
                let connection = try UnixSocket.connect(to: path)
                try connection.send(
                    .command(arguments: ["-c", "sleep 0.3; echo done >\(mark)"], environment: [:]), streams: [0, 1, 2])
            }
            var waited = 0
            while !FileManager.default.fileExists(atPath: mark), waited < 300 {
                usleep(100_000)
                waited += 1
            }
            #expect(FileManager.default.fileExists(atPath: mark))
        }
    }

    @Test func whatIsNoMessageIsAnsweredAndHarmsNobody() throws {
        try Self.with { client, path in
            for bytes in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 2, 0x7B, 0x7D], [0, 0, 0, 9, 0x7B]] as [[UInt8]] {
                let connection = try UnixSocket.connect(to: path)
                _ = bytes.withUnsafeBytes { Glibc.send(connection.descriptor, $0.baseAddress, $0.count, 0) }
                shutdown(connection.descriptor, CInt(SHUT_WR))
                guard case .refused = try connection.receive() else {
                    Issue.record("\(bytes) was not refused")
                    continue
                }
            }
            #expect(try client.ask(["-c", "exit 3"]).status == 3)
        }
    }

    @Test func aCommandWithoutItsStreamsIsRefused() throws {
        try Self.with { _, path in
            let connection = try UnixSocket.connect(to: path)
            try connection.send(.command(arguments: ["-c", "true"], environment: [:]))
            guard case .refused(let text, _, _) = try #require(try connection.receive()) else {
                Issue.record("it was not refused")
                return
            }
            #expect(text.contains("streams"))
        }
    }

    @Test func twoServicesDoNotShareASocketAndAStaleOneIsTakenAway() throws {
        try Self.with { _, path in
            #expect(throws: RelayError.self) {
                try RelayServer(at: path, program: "/bin/sh", environment: [:]) { _ in }
            }
        }
        let stale = "/tmp/relay-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(stale) }
        do { _ = try UnixSocket.listen(at: stale) }
        #expect(FileManager.default.fileExists(atPath: stale))
        let server = try RelayServer(at: stale, program: "/bin/sh", environment: [:]) { _ in }
        server.start()
        #expect(try RelayClient(path: stale, environment: [:]).ask(["-c", "exit 4"]).status == 4)
        server.stop()
        #expect(throws: RelayError.self) { try RelayClient(path: stale, environment: [:]).run(["-c", "true"]) }
    }

    @Test func onlyOwnerAndGroupMayUseTheSocket() throws {
        try Self.with { _, path in
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
        }
    }
}
