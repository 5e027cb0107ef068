import Foundation
import SSH
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test func keyFileAndStrictHostKeyLogIn() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                #expect(await node.trust == .verified)
                let channel = try await node.openExec("echo out; echo err >&2; exit 3")
                var (out, err): ([UInt8], [UInt8]) = ([], [])
                var end: SSHChannelEnd?
                for try await event in channel.events {
                    switch event {
                    case .standardOutput(let bytes): out += bytes
                    case .standardError(let bytes): err += bytes
                    case .closed(let reason): end = reason
                    }
                }
                #expect(String(decoding: out, as: UTF8.self) == "out\n")
                #expect(String(decoding: err, as: UTF8.self) == "err\n")
                #expect(end == .finished(reportedStatus: 3, signal: nil))
            }
        }
    }

    @Test func inputStreamsToTheCommandAndBack() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("cat")
                let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                async let written: Void = {
                    for start in stride(from: 0, to: sent.count, by: 50_000) {
                        try await channel.write(Array(sent[start..<min(start + 50_000, sent.count)]))
                    }
                    try await channel.closeInput()
                }()
                var received: [UInt8] = []
                for try await event in channel.events {
                    if case .standardOutput(let bytes) = event { received += bytes }
                }
                try await written
                let isSame = received == sent
                #expect(isSame)
            }
        }
    }

    @Test func aSecondRequestUsesTheSameConnection() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withPool { pool in
                let first = try await pool.connection(to: sshd.target())
                let second = try await pool.connection(to: sshd.target())
                #expect(first === second)
            }
        }
    }

    @Test func twoChannelsRunSideBySide() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let one = try await node.openExec("cat")
                let two = try await node.openExec("cat")
                try await two.write(Array("two".utf8))
                #expect(try await two.next() == .standardOutput(Array("two".utf8)))
                try await one.write(Array("one".utf8))
                #expect(try await one.next() == .standardOutput(Array("one".utf8)))
                try await two.write(Array("again".utf8))
                #expect(try await two.next() == .standardOutput(Array("again".utf8)))
            }
        }
    }

    @Test func anIPv6AddressIsReached() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["ListenAddress ::1"]
        try await SSHDFixture.with(options) { sshd in
            let key = try sshd.folder.read("host_ecdsa.pub")
            try sshd.folder.write("known_hosts", "[::1]:\(sshd.port) \(key)")
            for address in ["::1", "[::1]"] {
                var target = sshd.target()
                target = SSHTarget(
                    name: "node", address: address, port: sshd.port, user: sshd.user,
                    identityFiles: target.identityFiles, useAgent: false)
                try await sshd.withPool { pool in
                    let node = try await pool.connection(to: target)
                    #expect(await node.trust == .verified)
                }
            }
        }
    }
}
