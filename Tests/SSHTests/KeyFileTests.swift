import Foundation
import TestSupport
import Testing

@testable import SSH

/// Private-key files of every kind, made by ssh-keygen and openssl, against a real sshd.
@Suite struct KeyFileTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var type: String
        var bits: Int?
        var format: [String] = []
        var passphrase = ""
        var testDescription: String {
            ([type, bits.map(String.init) ?? ""] + format + [passphrase]).joined(separator: " ")
        }
    }

    static let kinds: [Kind] =
        ["", "a passphrase with ünicode"].flatMap { passphrase in
            [
                Kind(type: "ed25519", passphrase: passphrase),
                Kind(type: "ecdsa", bits: 256, passphrase: passphrase),
                Kind(type: "ecdsa", bits: 384, passphrase: passphrase),
                Kind(type: "ecdsa", bits: 521, passphrase: passphrase),
                Kind(type: "rsa", bits: 2048, passphrase: passphrase),
                Kind(
                    type: "rsa", bits: 2048, format: ["-m", "PEM"], passphrase: passphrase.isEmpty ? "" : "plain text"),
                Kind(
                    type: "rsa", bits: 2048, format: ["-m", "PKCS8"], passphrase: passphrase.isEmpty ? "" : "plain text"
                ),
            ]
        } + [
            Kind(type: "ecdsa", bits: 256, format: ["-m", "PEM"]),
            Kind(type: "ecdsa", bits: 384, format: ["-m", "PEM"]),
            Kind(type: "ecdsa", bits: 521, format: ["-m", "PEM"]),
            Kind(type: "ecdsa", bits: 256, format: ["-m", "PKCS8"]),
        ]

    @Test func everyKindLogsIn() async throws {
        try await SSHDFixture.with { sshd in
            for (index, kind) in Self.kinds.enumerated() {
                let path = sshd.folder.path("key\(index)")
                try Keygen.generate(
                    type: kind.type, bits: kind.bits, at: path, passphrase: kind.passphrase, extra: kind.format)
                try sshd.addAuthorizedKey(try sshd.folder.read("key\(index).pub"))
                var target = sshd.target()
                target.identityFiles = [path]
                var context = sshd.context()
                context.identities = IdentityStore { _ in kind.passphrase }
                do {
                    try await sshd.withPool(context) { pool in
                        let node = try await pool.connection(to: target)
                        #expect(await node.authenticatedBy?.contains(path) == true)
                    }
                } catch {
                    Issue.record("\(kind.testDescription): \(error)")
                }
            }
        }
    }

    @Test func ed25519AsPKCS8IsRead() throws {
        let folder = try TemporaryFolder(prefix: "keys")
        try Keygen.run(["genpkey", "-algorithm", "ed25519", "-out", folder.path("key")], tool: "/usr/bin/openssl")
        let key = try PrivateKeyFile(Array(try folder.read("key").utf8)).decode(passphrase: nil)
        #expect(key.publicKey.type == "ssh-ed25519")
    }

    @Test func aPassphraseThatTheFormatCannotHaveIsRefused() throws {
        let folder = try TemporaryFolder(prefix: "keys")
        try Keygen.generate(type: "rsa", at: folder.path("key"), passphrase: "secret", extra: ["-m", "PEM"])
        let file = try PrivateKeyFile(Array(try folder.read("key").utf8))
        #expect(throws: KeyFlaw.self) { try file.decode(passphrase: "sécret") }
        #expect(throws: KeyFlaw.passphraseWrong) { try file.decode(passphrase: "wrong") }
    }

    /// The real number of rounds, which the other tests avoid.
    @Test func sixteenRoundsOfKeyDerivationAgreeWithOpenSSH() throws {
        let folder = try TemporaryFolder(prefix: "keys")
        try Keygen.generate(type: "ed25519", at: folder.path("key"), passphrase: "secret", rounds: 16)
        let file = try PrivateKeyFile(Array(try folder.read("key").utf8))
        #expect(file.isEncrypted)
        let key = try file.decode(passphrase: "secret")
        #expect(PublicKey(line: try folder.read("key.pub")) == key.publicKey)
        #expect(throws: KeyFlaw.passphraseWrong) { try file.decode(passphrase: "Secret") }
        #expect(throws: KeyFlaw.passphraseNeeded) { try file.decode(passphrase: nil) }
    }

    @Test func aKeyThatOthersMayReadIsRefused() async throws {
        try await SSHDFixture.with { sshd in
            #expect(chmod(sshd.userKeyPath, 0o644) == 0)
            let error = try await sshd.connectionFailure()
            #expect(error.code == "key-unreadable")
            #expect(error.description.contains("mode 644"))
        }
    }

    @Test func aMissingKeyIsNamed() async throws {
        try await SSHDFixture.with { sshd in
            var target = sshd.target()
            target.identityFiles = ["/nonexistent/key"]
            let error = try await sshd.connectionFailure(target)
            #expect(error.code == "key-unreadable")
            #expect(error.description.contains("/nonexistent/key"))
        }
    }

    /// Cut, changed and random bytes are refused and never crash.
    @Test func damagedFilesAreRefused() throws {
        let folder = try TemporaryFolder(prefix: "keys")
        var random = SeededRandom(seed: 7)
        for (name, arguments) in [("a", ["ed25519"]), ("b", ["ecdsa"])] {
            try Keygen.generate(type: arguments[0], at: folder.path(name))
            let good = Array(try folder.read(name).utf8)
            for _ in 0..<300 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &random)...)
                    case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: bytes.count / 2)
                    default:
                        if !bytes.isEmpty { bytes[bytes.indices.randomElement(using: &random) ?? 0] ^= 1 << 4 }
                    }
                    if bytes.isEmpty { break }
                }
                if let key = try? PrivateKeyFile(bytes).decode(passphrase: nil) {
                    #expect(key.publicKey.blob == (try PrivateKeyFile(good).publicKey?.blob))
                }
            }
            let payload = Data(base64Encoded: text(good).split(separator: "\n").dropFirst().dropLast().joined())
            let raw = Array(payload ?? Data())
            for length in 0..<raw.count {
                #expect(throws: KeyFlaw.self) { try OpenSSHKeyFile(Array(raw[..<length])).decode(passphrase: nil) }
            }
        }
    }

    @Test(arguments: [
        "", "-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----", "PuTTY-User-Key-File-3: x",
    ])
    func textThatIsNoKeyIsRefused(_ text: String) {
        #expect(throws: KeyFlaw.self) { try PrivateKeyFile(Array(text.utf8)) }
    }
}

/// A generator whose numbers depend on its seed alone (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
