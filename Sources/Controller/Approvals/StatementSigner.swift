import Foundation
import Governance
import Model
import SSH

/// Signs statements with the key of the person at the terminal: their agent's, or a file's.
package struct StatementSigner: Sendable {
    private let authority: Authority
    private let keyFile: String?
    private let environment: [String: String]
    private let signer: MessageSigner

    /// Uses the key of `keyFile`, or the agent's and then the usual files.
    package init(
        _ workspace: Workspace, keyFile: String?, environment: [String: String],
        passphrase: IdentityStore.PassphraseProvider? = nil
    ) async throws {
        authority = try await Authority(workspace)
        self.keyFile = keyFile
        self.environment = environment
        signer = MessageSigner(passphrase: passphrase)
    }

    /// A key and whose it is.
    package struct Choice: Sendable {
        package let person: String
        package let fingerprint: String
        /// The agent's comment, or the file's path.
        package let comment: String
        fileprivate let offer: MessageSigner.Offer
    }

    /// The key to sign with in `namespace`: one of the user's own person first, then one of `candidates`.
    /// - Throws: `GovernanceError` when there is none that `allowed_signers` knows.
    package func choose(namespace: String, candidates: [String]) async throws -> Choice {
        let now = WallClock().wallTime()
        let proof = ApprovalProof(site: "", signers: authority.signers, people: authority.people)
        let own = authority.people.subject(RunService.requester).person
        var choices: [Choice] = []
        var seen: [String] = []
        for offer in try await offers() {
            seen.append("\(offer.fingerprint) (\(offer.comment))")
            for person in proof.owners(of: offer.blob, namespace: namespace, now: now) {
                choices.append(
                    Choice(person: person, fingerprint: offer.fingerprint, comment: offer.comment, offer: offer))
            }
        }
        let best =
            choices.first { $0.person == own && candidates.contains($0.person) }
            ?? choices.first { candidates.contains($0.person) } ?? choices.first { $0.person == own } ?? choices.first
        guard let best else {
            throw GovernanceError(
                .refused,
                seen.isEmpty
                    ? "There is no key to sign with."
                    : "allowed_signers knows none of your keys: \(seen.joined(separator: ", ")).",
                hint: seen.isEmpty
                    ? "Load one into your agent (ssh-add), or name its file with --key."
                    : "Add a line to \(authority.signersPath): NAME KEYTYPE KEY")
        }
        return best
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
    package func sign(_ text: String, namespace: String, with choice: Choice) async throws -> String {
        let message = Array(text.utf8)
        let signature: [UInt8]?
        do throws(MessageSigner.Failure) {
            signature = try await signer.sign(
                SSHSignature.toBeSigned(message, namespace: namespace), with: choice.offer)
        } catch {
            throw GovernanceError(.refused, error.description)
        }
        if let signature {
            return SSHSignature(signer: choice.offer.blob, namespace: namespace, signature: signature).armored
        }
        return try Self.byKeygen(text, namespace: namespace, key: signer.toolPath(of: choice.offer) ?? "")
    }

    /// A key on a token is used by OpenSSH's own tool, which asks for the touch at the terminal.
    private static func byKeygen(_ text: String, namespace: String, key: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
        process.arguments = ["-Y", "sign", "-n", namespace, "-f", key]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let signature = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw GovernanceError(.refused, "ssh-keygen has not signed with \(key).")
        }
        return signature
    }
}
