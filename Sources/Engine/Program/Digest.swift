import Crypto

/// SHA-256 in lower-case hexadecimal.
package enum Digest {
    /// Of bytes.
    package static func hex(of bytes: some Sequence<UInt8>) -> String {
        var hasher = SHA256()
        Array(bytes).withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// Of a text's UTF-8.
    package static func hex(of text: String) -> String { hex(of: text.utf8) }
}
