import Foundation

/// A user's public key or certificate as it is sent on the wire.
struct PublicKey: Sendable, Hashable {
    let type: String
    let blob: [UInt8]

    static let none = PublicKey(type: "none", blob: [])

    private init(type: String, blob: [UInt8]) {
        self.type = type
        self.blob = blob
    }

    init?(blob: [UInt8]) {
        guard let key = HostKey(blob: blob) else { return nil }
        self.init(type: key.type, blob: blob)
    }

    /// From a line of a `.pub` file: type, base64, comment.
    init?(line: String) {
        let fields = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline })
        guard fields.count >= 2, let data = Data(base64Encoded: String(fields[1])) else { return nil }
        self.init(blob: Array(data))
        guard type == fields[0] else { return nil }
    }

    var fingerprint: String { Fingerprint.of(blob) }

    var isRSA: Bool { type == "ssh-rsa" }

    /// ECDSA certificates alone: libssh2 1.10 names the wrong signature algorithm for the others.
    var isUsableCertificate: Bool {
        ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"].contains {
            type == "\($0)-cert-v01@openssh.com"
        }
    }

    var isCertificate: Bool { type.hasSuffix("-cert-v01@openssh.com") }

    /// Whether libssh2 1.10 can log in with it.
    var isUsable: Bool { Self.usableTypes.contains(type) || isUsableCertificate }

    private static let usableTypes = [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    ]

    /// What a signature by this key names its algorithm.
    func signatureName(_ algorithm: SignatureAlgorithm) -> String {
        switch algorithm {
        case .rsaSHA256: "rsa-sha2-256"
        case .rsaSHA512: "rsa-sha2-512"
        case .own: type.replacing("-cert-v01@openssh.com", with: "")
        }
    }

    /// The blob to give to libssh2, which takes the signature algorithm's name from its start.
    ///
    /// For RSA that would be `ssh-rsa`, SHA-1, which servers refuse; sshd takes a blob that names a newer algorithm.
    func blob(for algorithm: SignatureAlgorithm) -> [UInt8] {
        let name: String
        switch algorithm {
        case .own: return blob
        case .rsaSHA256: name = "rsa-sha2-256"
        case .rsaSHA512: name = "rsa-sha2-512"
        }
        var reader = WireReader(blob)
        _ = try? reader.string()
        var writer = WireWriter()
        writer.text(name)
        return writer.bytes + reader.remaining
    }
}
