import Foundation
import Model
import Plugins

/// Signatures in the SSHSIG format, made and checked by OpenSSH's own ssh-keygen.
struct SSHKeygen: Sendable {
    private let tool = StockTool("ssh-keygen")

    /// The armored signature of `message` with the private key at `key`, or with the agent's where only the public one
    /// is there.
    func sign(_ message: [UInt8], key: String, namespace: SignatureNamespace) async throws -> String {
        let answer = try await tool(["-Y", "sign", "-q", "-f", key, "-n", namespace.rawValue], input: message)
        guard answer.isGood else {
            throw RequestError(
                .refused, "Nothing could be signed with the key \(key): \(Self.reason(answer)).",
                hint: "Try by hand: echo | ssh-keygen -Y sign -f \(key) -n \(namespace.rawValue)")
        }
        return String(decoding: answer.output, as: UTF8.self)
    }

    /// Whether `signature` is one of `message` by a key that `signers`, a file of allowed signers, has for `principal`.
    /// - Returns: nil if it is, else why not.
    func fault(
        of signature: String, over message: [UInt8], signers: String, principal: String, namespace: SignatureNamespace
    ) async throws -> String? {
        try await withFile(signature) { path in
            let answer = try await tool(
                ["-Y", "verify", "-f", signers, "-I", principal, "-n", namespace.rawValue, "-s", path],
                input: message)
            return answer.isGood ? nil : Self.reason(answer)
        }
    }

    /// The fingerprint of the key that made `signature` over `message`, whoever's it is; nil where it is not good.
    func signer(
        of signature: String, over message: [UInt8], namespace: SignatureNamespace
    ) async throws -> String? {
        try await withFile(signature) { path in
            let answer = try await tool(
                ["-Y", "check-novalidate", "-n", namespace.rawValue, "-s", path], input: message)
            guard answer.isGood else { return nil }
            // Good "NAMESPACE" signature with ED25519 key SHA256:…
            return String(decoding: answer.output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
                .map(String.init).last { $0.hasPrefix("SHA256:") }
        }
    }

    /// Makes an Ed25519 key pair without a passphrase at `path` and `path.pub`.
    func makeKey(at path: String, comment: String) async throws {
        let answer = try await tool(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path])
        guard answer.isGood else {
            throw RequestError(.refused, "The signing key \(path) can't be made: \(Self.reason(answer)).")
        }
    }

    /// The line of the public key that belongs to the private key at `path`.
    func publicLine(of path: String) async throws -> String {
        let answer = try await tool(["-y", "-P", "", "-f", path])
        guard answer.isGood else {
            throw RequestError(.refused, "The signing key \(path) can't be read: \(Self.reason(answer)).")
        }
        let words = String(decoding: answer.output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.prefix(2).joined(separator: " ")
    }

    private func withFile<T>(_ text: String, _ body: (String) async throws -> T) async throws -> T {
        let path = NSTemporaryDirectory() + "/runbook-signature-\(UInt64.random(in: 0 ... .max))"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        defer { unlink(path) }
        return try await body(path)
    }

    private static func reason(_ answer: StockTool.Answer) -> String {
        let lines = (answer.complaint + "\n" + String(decoding: answer.output, as: UTF8.self)).split(separator: "\n")
        return lines.first.map { SafeText(String($0)).singleLine } ?? "ssh-keygen ended with \(answer.status ?? -1)"
    }
}
