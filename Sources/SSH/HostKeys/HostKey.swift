import Crypto
import Foundation

/// A server's public key as it is sent on the wire.
package struct HostKey: Sendable, Hashable, CustomStringConvertible {
    /// The key's own type, such as `ecdsa-sha2-nistp256`.
    package let type: String
    /// The whole key, its type included.
    package let blob: [UInt8]

    /// Nil if the bytes do not begin with a key type of printable ASCII.
    package init?(blob: [UInt8]) {
        var reader = WireReader(blob)
        guard let type = try? reader.text(), !type.isEmpty, type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            !reader.isAtEnd
        else { return nil }
        self.type = type
        self.blob = blob
    }

    /// `SHA256:` and the unpadded base64 of the digest, as ssh-keygen(1) prints it.
    package var fingerprint: String { Fingerprint.of(blob) }

    /// Type and fingerprint.
    package var description: String { "\(type) \(fingerprint)" }

    /// The key as a known_hosts line holds it: type and base64.
    package var line: String { "\(type) \(Data(blob).base64EncodedString())" }
}

/// The fingerprint of a public key.
enum Fingerprint {
    static func of(_ blob: [UInt8]) -> String {
        "SHA256:" + Data(SHA256.hash(data: blob)).base64EncodedString().replacing("=", with: "")
    }
}
