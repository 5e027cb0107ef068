import Foundation
import TestSupport
import Testing

@testable import SSH

/// Which servers are believed, against a real sshd.
@Suite struct HostKeyTests {
    @Test func anUnknownKeyIsRefusedByStrict() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            let error = try await sshd.connectionFailure()
            #expect(error.code == "host-key-unknown")
            #expect(error.hint?.contains("keys accept node") == true)
            #expect(!sshd.log.contains("Accepted publickey"))
            #expect(!sshd.log.contains("userauth"))
        }
    }

    @Test func acceptNewRecordsTheKeyUnderNameAndAddress() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withPool(sshd.context(.acceptNew)) { pool in
                let node = try await pool.connection(to: sshd.target())
                #expect(await node.trust == .acceptedNow)
                #expect(pool.context.hostKeys.accepted.count == 1)
            }
            let recorded = try sshd.folder.read("known_hosts")
            #expect(recorded.hasPrefix("[node]:\(sshd.port),[127.0.0.1]:\(sshd.port) ecdsa-sha2-nistp256 AAAA"))
            #expect(recorded.split(separator: "\n").count == 1)
            try await sshd.withConnection { #expect(await $0.trust == .verified) }
        }
    }

    @Test(arguments: [HostKeyPolicy.strict, .acceptNew])
    func aChangedKeyIsRefusedWithItsPlace(_ policy: HostKeyPolicy) async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("other"))
            let line = "[127.0.0.1]:\(sshd.port) \(try sshd.folder.read("other.pub"))"
            try sshd.folder.write("known_hosts", "# a comment\n\(line)")
            let error = try await sshd.connectionFailure(nil, sshd.context(policy))
            #expect(error.code == "host-key-changed")
            #expect(error.description.contains("\(sshd.knownHostsPath):2"))
            #expect(error.hint?.contains("keys forget node") == true)
            #expect(!error.isRetryable)
            #expect(!sshd.log.contains("Accepted"))
        }
    }

    /// An attacker without the recorded key would offer another type, which would look new.
    @Test(arguments: [HostKeyPolicy.strict, .acceptNew])
    func anotherKeyTypeIsAChangedKey(_ policy: HostKeyPolicy) async throws {
        var options = SSHDFixture.Options()
        options.hostKeyTypes = ["ed25519"]
        try await SSHDFixture.with(options) { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("other"))
            let recorded = "[127.0.0.1]:\(sshd.port) \(try sshd.folder.read("other.pub"))"
            try sshd.folder.write("known_hosts", recorded)
            let error = try await sshd.connectionFailure(nil, sshd.context(policy))
            #expect(error.code == "host-key-changed")
            #expect(error.description.contains("ssh-ed25519"))
            #expect(!error.isRetryable)
            #expect(try sshd.folder.read("known_hosts") == recorded)
            #expect(!sshd.log.contains("Accepted"))
        }
    }

    @Test func theRecordedTypeIsAskedFor() async throws {
        try await SSHDFixture.with { sshd in
            let line = "[127.0.0.1]:\(sshd.port) \(try sshd.folder.read("host_ed25519.pub"))"
            try sshd.folder.write("known_hosts", line)
            try await sshd.withConnection { #expect(await $0.hostKey?.type == "ssh-ed25519") }
        }
    }

    @Test(arguments: HostKeyPolicy.allCases)
    func aRevokedKeyIsRefusedWhateverThePolicy(_ policy: HostKeyPolicy) async throws {
        try await SSHDFixture.with { sshd in
            let known = try sshd.folder.read("known_hosts")
            try sshd.folder.write("known_hosts", known + "@revoked * \(try sshd.folder.read("host_ecdsa.pub"))")
            #expect(try await sshd.connectionFailure(nil, sshd.context(policy)).code == "host-key-revoked")
        }
    }

    @Test func hashedNamesAreFound() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.run(["-H", "-f", sshd.knownHostsPath])
            #expect(try sshd.folder.read("known_hosts").hasPrefix("|1|"))
            try await sshd.withConnection { #expect(await $0.trust == .verified) }
        }
    }

    @Test(arguments: [HostKeyPolicy.strict, .acceptNew])
    func aCertificateAuthorityIsNamedAndNotIgnored(_ policy: HostKeyPolicy) async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("ca"))
            try sshd.folder.write("known_hosts", "@cert-authority * \(try sshd.folder.read("ca.pub"))")
            let error = try await sshd.connectionFailure(nil, sshd.context(policy))
            #expect(error.code == "host-key-authority-unsupported")
            #expect(error.description.contains("\(sshd.knownHostsPath):1"))
        }
    }

    @Test func acceptNewRefusesTheKeyOfAnotherNode() async throws {
        try await SSHDFixture.with { sshd in
            let keys = ["ecdsa", "ed25519"].compactMap { try? sshd.folder.read("host_\($0).pub") }
            try sshd.folder.write("known_hosts", keys.map { "gpu01 \($0)" }.joined())
            let error = try await sshd.connectionFailure(sshd.target("gpu02"), sshd.context(.acceptNew))
            #expect(error.code == "host-key-shared")
            #expect(error.description.contains("gpu01"))
            var target = sshd.target("gpu02")
            target.allowsSharedHostKey = true
            try await sshd.withPool(sshd.context(.acceptNew)) { [target] in _ = try await $0.connection(to: target) }
        }
    }

    @Test func aConflictBetweenNameAndAddressIsAChangedKey() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("other"))
            let known = try sshd.folder.read("known_hosts")
            let other = "[gpu01]:\(sshd.port) \(try sshd.folder.read("other.pub"))"
            try sshd.folder.write("known_hosts", known + other)
            #expect(try await sshd.connectionFailure(sshd.target("gpu01")).code == "host-key-changed")
            try await sshd.withPool { _ = try await $0.connection(to: sshd.target("gpu02")) }
        }
    }

    @Test func offIsNotTrust() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withPool(sshd.context(.off)) { pool in
                let node = try await pool.connection(to: sshd.target())
                #expect(await node.trust == .unchecked)
            }
            #expect(try sshd.folder.read("known_hosts") == "")
        }
    }

    @Test func anAliasIsLookedUpInsteadOfTheName() async throws {
        try await SSHDFixture.with { sshd in
            let keys = ["ecdsa", "ed25519"].compactMap { try? sshd.folder.read("host_\($0).pub") }
            try sshd.folder.write("known_hosts", keys.map { "the-alias \($0)" }.joined())
            #expect(try await sshd.connectionFailure().code == "host-key-unknown")
            var target = sshd.target()
            target.hostKeyAlias = "the-alias"
            try await sshd.withPool { _ = try await $0.connection(to: target) }
        }
    }

    /// 16 nodes on one server at once: each recorded once, no line torn.
    @Test func acceptNewAtOnceWritesWholeLines() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withPool(sshd.context(.acceptNew)) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<16 {
                        group.addTask {
                            var target = sshd.target("gpu\(index)")
                            target.allowsSharedHostKey = true
                            _ = try await pool.connection(to: target)
                        }
                    }
                    try await group.waitForAll()
                }
                let problems = try pool.context.hostKeys.problems()
                #expect(problems.isEmpty)
                for index in 0..<16 { #expect(try pool.context.hostKeys.list(sshd.target("gpu\(index)")).count >= 1) }
            }
        }
    }

    /// What a person sees before they accept a key, also behind a jump host, and what is written then.
    @Test func aKeyIsShownAndAcceptedByHand() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with { jump in
            try await SSHDFixture.with(options) { node in
                let store = HostKeyStore(paths: [node.knownHostsPath, jump.knownHostsPath])
                try await SSHDFixture.withPool(SSHContext(hostKeys: store)) { pool in
                    var target = node.target()
                    target.jumpHosts = [jump.target("jump")]
                    let key = try await pool.presentedHostKey(of: target)
                    let shown = try Keygen.run(["-l", "-f", node.folder.path("host_ecdsa.pub")])
                    #expect(shown.contains(key.fingerprint))
                    try store.accept(key, for: target)
                    let connection = try await pool.connection(to: target)
                    #expect(await connection.trust == .verified)
                }
                #expect(node.log.matches(of: /Accepted publickey for/).count == 1)
            }
        }
    }
}
