import Crypto
import Foundation

/// SHA-256 in lower-case hexadecimal.
enum Digest {
    private static let digits = Array("0123456789abcdef".utf8)

    static func of(_ text: String) -> String { hex(SHA256.hash(data: Data(text.utf8))) }

    static func of(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    static func hex(_ digest: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
