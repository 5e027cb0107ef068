import Crypto
import Foundation
import Glibc
import Model

/// The key under which secrets appear in plans, kept beside the database and never in it.
struct SecretDigestKey: Sendable {
    private let path: String

    init(_ settings: Settings) {
        path = (settings.database as NSString).deletingLastPathComponent + "/secret-digest.key"
    }

    /// The HMAC of `secret`, in hexadecimal.
    func digest(_ secret: SecretBytes) throws -> String {
        let code = HMAC<SHA256>.authenticationCode(for: secret.exposed, using: SymmetricKey(data: try key()))
        return code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func key() throws -> [UInt8] {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
            return bytes
        }
        guard let data = FileManager.default.contents(atPath: path), data.count == 32 else {
            throw RequestError(
                .refused, "The key \(path) can't be read.", hint: "It must belong to you and hold 32 bytes.")
        }
        return Array(data)
    }
}
