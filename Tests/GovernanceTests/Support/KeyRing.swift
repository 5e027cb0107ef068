import Crypto
import Foundation
import Governance
import SSH
import TestSupport

/// Keys made by ssh-keygen, and signatures by it and by the program's own signer.
final class KeyRing: Sendable {
    let folder: TemporaryFolder

    init(_ keys: [String: String] = [:]) throws {
        folder = try TemporaryFolder(prefix: "ring")
        for (name, type) in keys { try make(name, type) }
    }

    /// `ed25519`, `ecdsa-384`, `rsa-2048`.
    func make(_ name: String, _ type: String) throws {
        let parts = type.split(separator: "-")
        try Keygen.generate(
            type: String(parts[0]), bits: parts.count > 1 ? Int(parts[1]) : nil, at: folder.path(name))
    }

    /// Type and base64, without the comment.
    func line(_ name: String) throws -> String {
        try folder.read(name + ".pub").split(separator: " ").prefix(2).joined(separator: " ")
    }

    /// What ssh-keygen signs.
    func keygenSign(_ text: String, _ key: String, namespace: String, options: [String] = []) throws -> String {
        let file = "message-\(UInt64.random(in: 0 ... .max))"
        try folder.write(file, text)
        try Keygen.run(
            ["-q", "-Y", "sign", "-n", namespace, "-f", folder.path(key)] + options + [folder.path(file)])
        return try folder.read(file + ".sig")
    }

    /// What the program signs, with the key or with the certificate beside it.
    func sign(_ text: String, _ key: String, namespace: String, certified: Bool = false) async throws -> String {
        let signer = MessageSigner()
        let offers = try await signer.offers(file: folder.path(key), agent: nil)
        guard let offer = certified ? offers.last : offers.first,
            let signature = try await signer.sign(
                SSHSignature.toBeSigned(Array(text.utf8), namespace: namespace), with: offer)
        else { throw SSHDFixture.Failure("there is nothing to sign with") }
        return SSHSignature(signer: offer.blob, namespace: namespace, signature: signature).armored
    }

    /// Whether ssh-keygen takes the signature for one of `principal` by these allowed signers.
    func keygenAccepts(
        _ signature: String, _ text: String, allowed: String, principal: String, namespace: String,
        options: [String] = []
    ) throws -> Bool {
        try folder.write("allowed", allowed)
        try folder.write("signature", signature)
        try folder.write("text", text)
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
        process.arguments =
            ["-q", "-Y", "verify", "-f", folder.path("allowed"), "-I", principal, "-n", namespace] + options
            + ["-s", folder.path("signature")]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.path("text")))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// A FIDO token in memory.
struct Token {
    private let ed25519: Curve25519.Signing.PrivateKey?
    private let p256: P256.Signing.PrivateKey?

    init(ecdsa: Bool) {
        ed25519 = ecdsa ? nil : Curve25519.Signing.PrivateKey()
        p256 = ecdsa ? P256.Signing.PrivateKey() : nil
    }

    private var type: String { p256 == nil ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com" }

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + Array(bytes)
    }

    private static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return string((digits.first ?? 0) >= 0x80 ? [0] + digits : digits)
    }

    var blob: [UInt8] {
        var bytes = Self.string(Array(type.utf8))
        if let p256 {
            bytes += Self.string(Array("nistp256".utf8)) + Self.string(p256.publicKey.x963Representation)
        } else if let ed25519 {
            bytes += Self.string(ed25519.publicKey.rawRepresentation)
        }
        return bytes + Self.string(Array("ssh:".utf8))
    }

    /// For allowed_signers.
    var line: String { "\(type) \(Data(blob).base64EncodedString())" }

    func sign(_ text: String, namespace: String, flags: UInt8) throws -> String {
        let data = SSHSignature.toBeSigned(Array(text.utf8), namespace: namespace)
        let counter: [UInt8] = [0, 0, 0, 7]
        let message =
            Array(SHA256.hash(data: Array("ssh:".utf8))) + [flags] + counter + Array(SHA256.hash(data: data))
        var inner: [UInt8] = []
        if let p256 {
            let raw = try p256.signature(for: message).rawRepresentation
            inner = Self.integer(raw.prefix(32)) + Self.integer(raw.suffix(32))
        } else if let ed25519 {
            inner = Array(try ed25519.signature(for: message))
        }
        let signature = Self.string(Array(type.utf8)) + Self.string(inner) + [flags] + counter
        return SSHSignature(signer: blob, namespace: namespace, signature: signature).armored
    }
}
