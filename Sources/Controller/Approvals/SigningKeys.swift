import Foundation
import Governance
import SSH
import Subprocess

/// The keys of the person at the terminal: their agent's, or a file's.
package struct SigningKeys: Sendable {
    private let keyFile: String?
    private let environment: [String: String]
    private let signer: MessageSigner

    /// Uses the key of `keyFile`, or the agent's and then the usual files.
    package init(
        keyFile: String?, environment: [String: String], passphrase: IdentityStore.PassphraseProvider? = nil
    ) {
        self.keyFile = keyFile
        self.environment = environment
        signer = MessageSigner(passphrase: passphrase)
    }

    /// A key that can sign here.
    package struct Key: Sendable {
        /// What others may know of it.
        package var offer: OfferedKey {
            OfferedKey(key: held.blob, fingerprint: held.fingerprint, comment: held.comment)
        }
        fileprivate let held: MessageSigner.Offer
    }

    /// All of them, the agent's first.
    /// - Throws: `GovernanceError` when the named one can't be used, or there is none.
    package func all() async throws -> [Key] {
        let found = try await offers()
        guard !found.isEmpty else {
            throw GovernanceError(
                .refused, "There is no key to sign with.",
                hint: "Load one into your agent (ssh-add), or name its file with --key.")
        }
        return found.map(Key.init(held:))
    }

    private func offers() async throws -> [MessageSigner.Offer] {
        let socket = environment["SSH_AUTH_SOCK"].flatMap { $0.isEmpty ? nil : $0 }
        do throws(MessageSigner.Failure) {
            if let keyFile { return try await signer.offers(file: keyFile, agent: socket) }
        } catch {
            throw GovernanceError(.refused, error.description)
        }
        var found: [MessageSigner.Offer] = []
        if let socket, let keys = try? await signer.offers(agent: socket) { found += keys }
        let home = environment["HOME"] ?? "/"
        for name in ["id_ed25519", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk", "id_rsa"] {
            let path = "\(home)/.ssh/\(name)"
            guard FileManager.default.fileExists(atPath: path),
                let keys = try? await signer.offers(file: path, agent: socket)
            else { continue }
            found += keys
        }
        return found
    }

    /// The armored signature of `text` in `namespace`.
    package func sign(_ text: String, namespace: String, with key: Key) async throws -> String {
        let message = Array(text.utf8)
        let signature: [UInt8]?
        do throws(MessageSigner.Failure) {
            signature = try await signer.sign(SSHSignature.toBeSigned(message, namespace: namespace), with: key.held)
        } catch {
            throw GovernanceError(.refused, error.description)
        }
        if let signature {
            return SSHSignature(signer: key.held.blob, namespace: namespace, signature: signature).armored
        }
        return try await Self.byKeygen(text, namespace: namespace, key: signer.toolPath(of: key.held) ?? "")
    }

    /// A key on a token is used by OpenSSH's own tool, which asks for the touch at the terminal.
    private static func byKeygen(_ text: String, namespace: String, key: String) async throws -> String {
        let tool = try await run(
            .path("/usr/bin/ssh-keygen"), arguments: ["-Y", "sign", "-n", namespace, "-f", key], input: .string(text),
            output: .string(limit: 1 << 20),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
        guard tool.terminationStatus.isSuccess, !tool.standardOutput.isEmpty else {
            throw GovernanceError(.refused, "ssh-keygen has not signed with \(key).")
        }
        return tool.standardOutput
    }
}
