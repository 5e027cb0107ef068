import Crypto
import CryptoExtras
import Foundation

/// A public key of OpenSSH's kinds, and whether a signature is its.
package struct SSHKey: Sendable, Hashable, CustomStringConvertible {
    /// `ssh-ed25519`, `sk-ssh-ed25519@openssh.com` and so on.
    package let type: String
    /// As it is sent on the wire, its type included.
    package let blob: [UInt8]

    /// What a signature proves beside itself.
    package struct Proof: Sendable, Hashable {
        /// The name of the algorithm.
        package var algorithm: String
        /// Whether somebody touched the token; nil for a key that is on none.
        package var isTouched: Bool?
        /// Whether the token asked for its PIN or a finger; nil for a key that is on none.
        package var isVerified: Bool?
    }

    /// Reads the wire form.
    /// - Throws: `GovernanceError` for what is no key, or of a kind that is not supported.
    package init(blob: [UInt8]) throws(GovernanceError) {
        var reader = SSHWireReader(blob)
        let type = try reader.text()
        guard let kind = SSHKeyKind(rawValue: type) else {
            throw GovernanceError(.malformed, "Keys of type '\(type.prefix(60))' can't be used for approvals.")
        }
        _ = try kind.numbers(&reader)
        guard reader.isAtEnd else { throw GovernanceError(.malformed, "A key is followed by something else.") }
        self.type = type
        self.blob = blob
    }

    /// `SHA256:` and the unpadded base64 of the digest, as ssh-keygen prints it.
    package var fingerprint: String {
        let base64 = Data(SHA256.hash(data: blob)).base64EncodedString()
        return "SHA256:" + base64.prefix { $0 != "=" }
    }

    package var description: String { "\(type) \(fingerprint)" }

    /// Checks that `signature`, in SSH's form, is the key's over `data`.
    /// - Throws: `GovernanceError` of code `unproven` when it is not, or is made with SHA-1.
    package func verify(_ signature: [UInt8], of data: [UInt8]) throws(GovernanceError) -> Proof {
        var reader = SSHWireReader(signature)
        let algorithm = try reader.text()
        let bytes = try reader.string()
        guard let kind = SSHKeyKind(rawValue: type), kind.algorithms.contains(algorithm) else {
            throw GovernanceError(
                .unproven, "A \(type) key can't sign with '\(algorithm.prefix(40))' here.",
                hint: algorithm == "ssh-rsa" ? "That is SHA-1. Sign with a newer OpenSSH." : nil)
        }
        var proof = Proof(algorithm: algorithm)
        var message = data
        if kind.isOnToken {
            var key = SSHWireReader(blob)
            _ = try key.string()
            let application = try kind.numbers(&key).application
            let flags = try reader.byte()
            let counter = try reader.raw(4)
            proof.isTouched = flags & 0x01 != 0
            proof.isVerified = flags & 0x04 != 0
            message = Array(SHA256.hash(data: application)) + [flags] + counter + Array(SHA256.hash(data: data))
        }
        guard reader.isAtEnd, try isValid(bytes, of: message, kind, algorithm) else {
            throw GovernanceError(.unproven, "The signature is not one of the key \(fingerprint) over this text.")
        }
        return proof
    }

    private func isValid(
        _ bytes: [UInt8], of message: [UInt8], _ kind: SSHKeyKind, _ algorithm: String
    ) throws(GovernanceError) -> Bool {
        var reader = SSHWireReader(blob)
        _ = try reader.string()
        let numbers = try kind.numbers(&reader)
        do {
            switch kind {
            case .ed25519, .tokenEd25519:
                return try Curve25519.Signing.PublicKey(rawRepresentation: numbers.point)
                    .isValidSignature(bytes, for: message)
            case .p256, .tokenP256:
                return try P256.Signing.PublicKey(x963Representation: numbers.point)
                    .isValidSignature(.init(rawRepresentation: try Self.pair(bytes, 32)), for: message)
            case .p384:
                return try P384.Signing.PublicKey(x963Representation: numbers.point)
                    .isValidSignature(.init(rawRepresentation: try Self.pair(bytes, 48)), for: message)
            case .p521:
                return try P521.Signing.PublicKey(x963Representation: numbers.point)
                    .isValidSignature(.init(rawRepresentation: try Self.pair(bytes, 66)), for: message)
            case .rsa:
                let key = try _RSA.Signing.PublicKey(n: numbers.modulus, e: numbers.exponent)
                // A signature that begins with zeros may be sent without them.
                guard bytes.count <= numbers.modulus.count else { return false }
                let padded = [UInt8](repeating: 0, count: numbers.modulus.count - bytes.count) + bytes
                let signature = _RSA.Signing.RSASignature(rawRepresentation: padded)
                return algorithm == "rsa-sha2-256"
                    ? key.isValidSignature(
                        signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
                    : key.isValidSignature(
                        signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
            }
        } catch {
            return false
        }
    }

    /// The two integers of an ECDSA signature, side by side.
    private static func pair(_ bytes: [UInt8], _ size: Int) throws(GovernanceError) -> [UInt8] {
        var reader = SSHWireReader(bytes)
        var pair: [UInt8] = []
        for _ in 0..<2 {
            let digits = try reader.positiveInteger()
            guard digits.count <= size else { throw GovernanceError(.malformed, "A signature is too long.") }
            pair += [UInt8](repeating: 0, count: size - digits.count) + digits
        }
        guard reader.isAtEnd else { throw GovernanceError(.malformed, "A signature is too long.") }
        return pair
    }
}

/// The kinds of keys that may sign, by the name that OpenSSH gives them.
enum SSHKeyKind: String, CaseIterable {
    case ed25519 = "ssh-ed25519"
    case rsa = "ssh-rsa"
    case p256 = "ecdsa-sha2-nistp256"
    case p384 = "ecdsa-sha2-nistp384"
    case p521 = "ecdsa-sha2-nistp521"
    case tokenEd25519 = "sk-ssh-ed25519@openssh.com"
    case tokenP256 = "sk-ecdsa-sha2-nistp256@openssh.com"

    /// What a public key is made of beside its type.
    struct Numbers {
        var point: [UInt8] = []
        var modulus: [UInt8] = []
        var exponent: [UInt8] = []
        /// What a token's key is for: `ssh:`.
        var application: [UInt8] = []
    }

    var isOnToken: Bool { self == .tokenEd25519 || self == .tokenP256 }

    /// What a signature may name as its algorithm. SHA-1, that is `ssh-rsa`, is not among them.
    var algorithms: [String] { self == .rsa ? ["rsa-sha2-512", "rsa-sha2-256"] : [rawValue] }

    /// The name of a certificate of such a key.
    var certificate: String { rawValue.replacing("@openssh.com", with: "") + "-cert-v01@openssh.com" }

    /// Reads them; what follows is left.
    func numbers(_ reader: inout SSHWireReader) throws(GovernanceError) -> Numbers {
        var numbers = Numbers()
        switch self {
        case .ed25519, .tokenEd25519:
            numbers.point = try reader.string()
            guard numbers.point.count == 32 else { throw GovernanceError(.malformed, "An Ed25519 key is damaged.") }
        case .rsa:
            numbers.exponent = try reader.positiveInteger()
            numbers.modulus = try reader.positiveInteger()
            guard numbers.modulus.count >= 256, !numbers.exponent.isEmpty else {
                throw GovernanceError(.malformed, "An RSA key is shorter than 2048 bits.")
            }
        case .p256, .p384, .p521, .tokenP256:
            let curve = self == .p384 ? "nistp384" : self == .p521 ? "nistp521" : "nistp256"
            guard try reader.text() == curve else { throw GovernanceError(.malformed, "A key names another curve.") }
            numbers.point = try reader.string()
        }
        if isOnToken { numbers.application = try reader.string() }
        return numbers
    }
}
