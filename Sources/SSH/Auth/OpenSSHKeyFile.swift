import Crypto
import CryptoExtras
import Foundation

/// A private key in OpenSSH's own format (PROTOCOL.key), parsed up to its encrypted part.
struct OpenSSHKeyFile: Sendable {
    /// Not encrypted, so a key can be offered before its passphrase is known.
    let publicKey: PublicKey
    private let cipher: String
    private let salt: [UInt8]
    private let rounds: Int
    private let privatePart: [UInt8]

    var isEncrypted: Bool { cipher != "none" }

    /// More rounds than this are taken for an attempt to keep the program busy: about ten seconds.
    private static let mostRounds = 1000

    init(_ bytes: [UInt8]) throws(KeyFlaw) {
        do {
            var reader = WireReader(bytes)
            guard try reader.raw(15).elementsEqual("openssh-key-v1\0".utf8) else { throw KeyFlaw.malformed }
            cipher = try reader.text()
            let derivation = try reader.text()
            var options = WireReader(try reader.string())
            guard try reader.uint32() == 1, let key = PublicKey(blob: try reader.string()) else {
                throw KeyFlaw.malformed
            }
            publicKey = key
            privatePart = try reader.string()
            switch (cipher, derivation) {
            case ("none", "none"):
                (salt, rounds) = ([], 0)
            case ("aes256-ctr", "bcrypt"):
                salt = try options.string()
                rounds = Int(try options.uint32())
                guard (1...Self.mostRounds).contains(rounds), !salt.isEmpty else { throw KeyFlaw.malformed }
            default:
                throw KeyFlaw.unsupported("it is encrypted with \(cipher); only aes256-ctr is supported")
            }
        } catch let flaw as KeyFlaw {
            throw flaw
        } catch {
            throw KeyFlaw.malformed
        }
    }

    /// Decrypts the private part if need be. Takes about 0.1 s of CPU at 16 rounds.
    func decode(passphrase: String?) throws(KeyFlaw) -> PrivateKey {
        var plain = privatePart
        if isEncrypted {
            guard let passphrase, !passphrase.isEmpty else { throw KeyFlaw.passphraseNeeded }
            plain = try decrypt(Array(passphrase.utf8))
        }
        do {
            var reader = WireReader(plain)
            // Two copies of one random number tell whether the passphrase was right.
            guard try reader.uint32() == (try reader.uint32()) else {
                throw isEncrypted ? KeyFlaw.passphraseWrong : KeyFlaw.malformed
            }
            let key = try PrivateKey(try Self.secret(&reader))
            guard key.publicKey.blob == publicKey.blob else { throw KeyFlaw.malformed }
            return key
        } catch let flaw as KeyFlaw {
            throw flaw
        } catch {
            throw KeyFlaw.malformed
        }
    }

    private func decrypt(_ passphrase: [UInt8]) throws(KeyFlaw) -> [UInt8] {
        guard let derived = BcryptPBKDF.derive(passphrase: passphrase, salt: salt, rounds: rounds, count: 48),
            privatePart.count % 16 == 0,
            let plain = try? AES._CTR.decrypt(
                privatePart, using: SymmetricKey(data: derived[..<32]),
                nonce: AES._CTR.Nonce(nonceBytes: derived[32...]))
        else { throw KeyFlaw.malformed }
        return Array(plain)
    }

    private static func secret(_ reader: inout WireReader) throws -> PrivateKey.Secret {
        switch try reader.text() {
        case "ssh-ed25519":
            _ = try reader.string()
            let pair = try reader.string()
            guard pair.count == 64 else { throw KeyFlaw.malformed }
            return .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: pair[..<32]))
        case "ecdsa-sha2-nistp256":
            return .p256(try P256.Signing.PrivateKey(rawRepresentation: try scalar(&reader, size: 32)))
        case "ecdsa-sha2-nistp384":
            return .p384(try P384.Signing.PrivateKey(rawRepresentation: try scalar(&reader, size: 48)))
        case "ecdsa-sha2-nistp521":
            return .p521(try P521.Signing.PrivateKey(rawRepresentation: try scalar(&reader, size: 66)))
        case "ssh-rsa":
            let n = try reader.positiveInteger()
            let e = try reader.positiveInteger()
            let d = try reader.positiveInteger()
            _ = try reader.positiveInteger()
            let p = try reader.positiveInteger()
            let q = try reader.positiveInteger()
            return .rsa(try _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q))
        case let type:
            throw KeyFlaw.unsupported("keys of type \(type) are not supported")
        }
    }

    private static func scalar(_ reader: inout WireReader, size: Int) throws -> [UInt8] {
        _ = try reader.string()
        _ = try reader.string()
        let digits = try reader.positiveInteger()
        guard digits.count <= size else { throw KeyFlaw.malformed }
        return [UInt8](repeating: 0, count: size - digits.count) + digits
    }
}

/// Why a private key cannot be used. Never holds a part of the key.
enum KeyFlaw: Error, Hashable {
    case malformed
    case unsupported(String)
    case passphraseNeeded
    case passphraseWrong

    var reason: String {
        switch self {
        case .malformed: "it is not a private key, or it is damaged"
        case .unsupported(let what): what
        case .passphraseNeeded: "it needs a passphrase"
        case .passphraseWrong: "the passphrase is wrong"
        }
    }
}
