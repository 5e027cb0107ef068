import Crypto
import Foundation

/// A signature over a text, in OpenSSH's SSHSIG format (PROTOCOL.sshsig), as `ssh-keygen -Y sign` writes it.
package struct SSHSignature: Sendable, Hashable {
    /// Who signed: a key, or a certificate of one, in their wire form.
    package let signer: [UInt8]
    /// What the signature is for.
    package let namespace: String
    private let hash: String
    /// In SSH's form, its algorithm's name included.
    private let signature: [UInt8]

    private static let magic = Array("SSHSIG".utf8)
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"

    /// Who has signed, once it is proven.
    package struct Proven: Sendable, Hashable {
        package var key: SSHKey
        package var certificate: SSHCertificate?
        package var proof: SSHKey.Proof
    }

    /// Joins what was signed by `signer`: see `toBeSigned`.
    package init(signer: [UInt8], namespace: String, signature: [UInt8]) {
        self.signer = signer
        self.namespace = namespace
        self.signature = signature
        hash = "sha512"
    }

    /// The bytes that a key signs to sign `message` in `namespace`.
    package static func toBeSigned(_ message: [UInt8], namespace: String) -> [UInt8] {
        payload(message, namespace: namespace, hash: "sha512")
    }

    private static func payload(_ message: [UInt8], namespace: String, hash: String) -> [UInt8] {
        var writer = SSHWireWriter()
        writer.raw(magic)
        writer.text(namespace)
        writer.text("")
        writer.text(hash)
        writer.string(hash == "sha256" ? Array(SHA256.hash(data: message)) : Array(SHA512.hash(data: message)))
        return writer.bytes
    }

    /// Reads the armored form.
    /// - Throws: `GovernanceError` of code `malformed`.
    package init(armored text: String) throws(GovernanceError) {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard text.utf8.count < 65_536, let first = lines.first, first == Self.begin, lines.last == Self.end,
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else {
            throw GovernanceError(
                .malformed, "This is no SSH signature.",
                hint: "It begins with \(Self.begin), as ssh-keygen -Y writes it.")
        }
        var reader = SSHWireReader(data)
        guard try reader.raw(6).elementsEqual(Self.magic), try reader.uint32() == 1 else {
            throw GovernanceError(.malformed, "The signature is of a version that is not known.")
        }
        signer = try reader.string()
        namespace = try reader.text()
        _ = try reader.string()
        hash = try reader.text()
        guard hash == "sha512" || hash == "sha256" else {
            throw GovernanceError(.malformed, "The signature's digest '\(hash.prefix(20))' is not accepted.")
        }
        signature = try reader.string()
        guard reader.isAtEnd else { throw GovernanceError(.malformed, "The signature is followed by something else.") }
    }

    /// The armored form, with a newline at its end.
    package var armored: String {
        var writer = SSHWireWriter()
        writer.raw(Self.magic)
        writer.uint32(1)
        writer.string(signer)
        writer.text(namespace)
        writer.text("")
        writer.text(hash)
        writer.string(signature)
        var base64 = Data(writer.bytes).base64EncodedString()[...]
        var lines = [Self.begin]
        while !base64.isEmpty {
            lines.append(String(base64.prefix(70)))
            base64 = base64.dropFirst(70)
        }
        return (lines + [Self.end]).joined(separator: "\n") + "\n"
    }

    /// Checks that `message` was signed in `namespace`.
    /// - Throws: `GovernanceError` of code `unproven` when it was not.
    package func verify(_ message: [UInt8], namespace: String) throws(GovernanceError) -> Proven {
        guard self.namespace == namespace else {
            throw GovernanceError(
                .unproven, "The signature is for namespace '\(self.namespace.prefix(60))', not for '\(namespace)'.")
        }
        let certificate = SSHCertificate.isCertificate(signer) ? try SSHCertificate(blob: signer) : nil
        let key = if let certificate { certificate.key } else { try SSHKey(blob: signer) }
        let proof = try key.verify(signature, of: Self.payload(message, namespace: namespace, hash: hash))
        return Proven(key: key, certificate: certificate, proof: proof)
    }
}
