import Crypto
import CryptoExtras
import Foundation

/// A private-key file in any of the formats that are read: OpenSSH, PKCS#1, PKCS#8 and SEC1 PEM.
enum PrivateKeyFile: Sendable {
    case openSSH(OpenSSHKeyFile)
    case plain(PrivateKey)
    /// PKCS#1 or PKCS#8, encrypted. Its public key is not known without the passphrase.
    case encryptedRSA(pem: String)

    init(_ bytes: [UInt8]) throws(KeyFlaw) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw KeyFlaw.malformed }
        let label = try Self.label(of: text)
        if label == "OPENSSH PRIVATE KEY" {
            self = .openSSH(try OpenSSHKeyFile(try Self.payload(of: text)))
        } else if label == "ENCRYPTED PRIVATE KEY" || text.contains("Proc-Type: 4,ENCRYPTED") {
            guard label != "EC PRIVATE KEY" else {
                throw KeyFlaw.unsupported("encrypted SEC1 keys are not supported; convert it: ssh-keygen -p -f …")
            }
            self = .encryptedRSA(pem: text)
        } else {
            self = .plain(try Self.decode(pem: text, label: label))
        }
    }

    /// Nil if the passphrase is needed to know it.
    var publicKey: PublicKey? {
        switch self {
        case .openSSH(let file): file.publicKey
        case .plain(let key): key.publicKey
        case .encryptedRSA: nil
        }
    }

    var isEncrypted: Bool {
        switch self {
        case .openSSH(let file): file.isEncrypted
        case .plain: false
        case .encryptedRSA: true
        }
    }

    func decode(passphrase: String?) throws(KeyFlaw) -> PrivateKey {
        switch self {
        case .openSSH(let file): return try file.decode(passphrase: passphrase)
        case .plain(let key): return key
        case .encryptedRSA(let pem):
            guard let passphrase, !passphrase.isEmpty else { throw KeyFlaw.passphraseNeeded }
            let bytes = Array(passphrase.utf8)
            // swift-crypto traps on any other byte.
            guard bytes.allSatisfy({ $0 < 0x80 }) else {
                throw KeyFlaw.unsupported("this format takes an ASCII passphrase only; convert it: ssh-keygen -p -f …")
            }
            guard
                let key = try? _RSA.Signing.PrivateKey(
                    encryptedPEMRepresentation: pem, passphraseCallback: { (set: ([UInt8]) -> Void) in set(bytes) })
            else { throw KeyFlaw.passphraseWrong }
            do { return try PrivateKey(.rsa(key)) } catch { throw KeyFlaw.malformed }
        }
    }

    private static func label(of text: String) throws(KeyFlaw) -> String {
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") { return String(line.dropFirst(11).dropLast(5)) }
            if line.hasPrefix("PuTTY-User-Key-File") {
                throw KeyFlaw.unsupported("PuTTY keys are not supported; convert it: puttygen KEY -O private-openssh")
            }
        }
        throw KeyFlaw.malformed
    }

    private static func payload(of text: String) throws(KeyFlaw) -> [UInt8] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let first = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
            let last = lines[first...].firstIndex(where: { $0.hasPrefix("-----END ") }),
            let data = Data(base64Encoded: lines[(first + 1)..<last].joined().filter { !$0.isWhitespace })
        else { throw KeyFlaw.malformed }
        return Array(data)
    }

    private static func decode(pem: String, label: String) throws(KeyFlaw) -> PrivateKey {
        if label == "DSA PRIVATE KEY" { throw KeyFlaw.unsupported("DSA keys are not supported") }
        // PKCS#8 does not say its type in the label, so the types are tried in turn.
        let pem = pem.replacing("\r\n", with: "\n")
        if label != "RSA PRIVATE KEY" {
            if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) { return try wrap(.p256(key)) }
            if let key = try? P384.Signing.PrivateKey(pemRepresentation: pem) { return try wrap(.p384(key)) }
            if let key = try? P521.Signing.PrivateKey(pemRepresentation: pem) { return try wrap(.p521(key)) }
            if let key = try? Curve25519.Signing.PrivateKey(pemRepresentation: pem) { return try wrap(.ed25519(key)) }
        }
        if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) { return try wrap(.rsa(key)) }
        throw KeyFlaw.malformed
    }

    private static func wrap(_ secret: PrivateKey.Secret) throws(KeyFlaw) -> PrivateKey {
        do { return try PrivateKey(secret) } catch { throw KeyFlaw.malformed }
    }
}
