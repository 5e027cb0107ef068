import Crypto
import Foundation
import Glibc
import Model

/// The key with which this controller signs checkpoints and exports: Ed25519, in a file of its own (0600) outside the
/// database, made when it is first needed.
package struct ControllerKey: Sendable {
    /// Of the private key.
    package let path: String
    /// `ssh-ed25519 AAAA…`
    package let publicLine: String
    /// `SHA256:…`, as ssh-keygen writes it.
    package let fingerprint: String

    /// Whose signatures they are, in files of allowed signers.
    package static let principal = "controller"

    /// The key that the settings name; made where there is none yet.
    /// - Throws: `RequestError` for one that others can read or that belongs to somebody else.
    package init(_ settings: Settings) async throws {
        path = Self.path(settings)
        let keygen = SSHKeygen()
        if access(path, F_OK) != 0 {
            // Made beside its place and moved there, so that two processes never mix two keys.
            let draft = path + ".\(getpid())"
            try await keygen.makeKey(at: draft, comment: "runbook controller")
            defer { for name in [draft, draft + ".pub"] { unlink(name) } }
            link(draft, path)
        }
        try Self.check(path)
        publicLine = try await keygen.publicLine(of: path)
        fingerprint = Self.fingerprint(of: publicLine)
        let publicPath = path + ".pub"
        if access(publicPath, F_OK) != 0 {
            try? Data("\(publicLine) runbook controller\n".utf8).write(to: URL(fileURLWithPath: publicPath))
        }
    }

    /// Where the key is, or would be.
    package static func path(_ settings: Settings) -> String {
        settings.signingKey ?? (settings.database as NSString).deletingLastPathComponent + "/controller.key"
    }

    /// The armored signature of `message`.
    func sign(_ message: [UInt8], for namespace: SignatureNamespace) async throws -> String {
        try await SSHKeygen().sign(message, key: path, namespace: namespace)
    }

    /// The line that lets this key's signatures pass in a file of allowed signers.
    package var signersLine: String {
        let namespaces = [SignatureNamespace.checkpoint, .export].map(\.rawValue).joined(separator: ",")
        return "\(Self.principal) namespaces=\"\(namespaces)\" \(publicLine)\n"
    }

    /// The fingerprint of a public key's line.
    static func fingerprint(of line: String) -> String {
        let words = line.split(separator: " ")
        guard words.count > 1, let blob = Data(base64Encoded: String(words[1])) else { return "" }
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        return "SHA256:" + digest.replacing("=", with: "")
    }

    private static func check(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw RequestError(.refused, "The signing key \(path) is no file that can be read.")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw RequestError(
                .refused, "The signing key \(path) belongs to somebody else or can be read by others.",
                hint: "It must be yours: chmod 600 \(path). Where others have read it, make a new one.")
        }
    }
}
