import Foundation
import NIOPosix

/// Signs texts with a user's key: one of an agent, or one of a file.
package struct MessageSigner: Sendable {
    /// A key that an agent or a file offers.
    package struct Offer: Sendable {
        /// The key or certificate as it is sent on the wire.
        package let blob: [UInt8]
        package let fingerprint: String
        /// The agent's comment, or the file's path.
        package let comment: String
        fileprivate let way: Way
    }

    fileprivate enum Way: Sendable {
        case agent(String, PublicKey)
        case file(Identity)
        /// A kind of key that only OpenSSH's own tools can use, such as one on a FIDO token.
        case tool(path: String)
    }

    /// Why nothing was signed.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let identities: IdentityStore
    /// How long an agent may take, which asks its user or waits for a touch.
    private static let patience = Duration.seconds(120)

    /// `passphrase` is asked for that of an encrypted key file.
    package init(passphrase: IdentityStore.PassphraseProvider? = nil) {
        identities = IdentityStore(passphrase: passphrase)
    }

    /// The keys of the agent behind `socket`.
    package func offers(agent socket: String) async throws(Failure) -> [Offer] {
        do throws(AgentFailure) {
            let keys = try await SSHAgent(path: socket).identities(
                until: .now + Self.patience, on: MultiThreadedEventLoopGroup.singleton.next())
            return keys.map {
                Offer(
                    blob: $0.key.blob, fingerprint: $0.key.fingerprint, comment: $0.comment,
                    way: .agent(socket, $0.key))
            }
        } catch {
            throw Failure(description: "The agent can't be used: \(error.reason).")
        }
    }

    /// The key of the file at `path`, and the certificate beside it. A `.pub` file stands for the key of `agent`.
    package func offers(file path: String, agent socket: String?) async throws(Failure) -> [Offer] {
        if path.hasSuffix(".pub") {
            guard let contents = try? FileBytes.read(path, limit: 1 << 20),
                let key = PublicKey(line: String(decoding: contents.bytes, as: UTF8.self))
            else { throw Failure(description: "\(path) holds no public key.") }
            guard let socket else { throw Failure(description: "\(path) is a public key, and there is no agent.") }
            let found = try await offers(agent: socket).filter { $0.blob == key.blob }
            guard !found.isEmpty else { throw Failure(description: "The agent has no key of \(path).") }
            return found
        }
        let certificate = Self.publicKey(path + "-cert.pub")
        if let key = Self.publicKey(path + ".pub"), key.type.hasPrefix("sk-") {
            return [Offer(blob: key.blob, fingerprint: key.fingerprint, comment: path, way: .tool(path: path))]
        }
        do throws(KeyProblem) {
            let identity = try await identities.identity(at: path)
            let key: PublicKey =
                if let known = identity.publicKey {
                    known
                } else {
                    try await identities.privateKey(of: identity).publicKey
                }
            let blobs = [key] + (certificate.map { [$0] } ?? [])
            return blobs.map {
                Offer(blob: $0.blob, fingerprint: $0.fingerprint, comment: path, way: .file(identity))
            }
        } catch {
            throw Failure(description: Self.reason(error, path))
        }
    }

    private static func publicKey(_ path: String) -> PublicKey? {
        guard let contents = try? FileBytes.read(path, limit: 1 << 20) else { return nil }
        return PublicKey(line: String(decoding: contents.bytes, as: UTF8.self))
    }

    /// Signs `data`. RSA keys sign with SHA-512.
    /// - Returns: the signature as SSH writes it, the algorithm's name first; nil for a key that only `tool` can use.
    package func sign(_ data: [UInt8], with offer: Offer) async throws(Failure) -> [UInt8]? {
        switch offer.way {
        case .tool: return nil
        case .agent(let socket, let key):
            do throws(AgentFailure) {
                return try await SSHAgent(path: socket).signWhole(
                    data, with: key, key.type.hasPrefix("ssh-rsa") ? .rsaSHA512 : .own,
                    until: .now + Self.patience, on: MultiThreadedEventLoopGroup.singleton.next())
            } catch {
                throw Failure(description: "The agent has not signed: \(error.reason).")
            }
        case .file(let identity):
            do throws(KeyProblem) {
                let key = try await identities.privateKey(of: identity)
                let algorithm: SignatureAlgorithm = key.publicKey.isRSA ? .rsaSHA512 : .own
                var writer = WireWriter()
                writer.text(key.publicKey.signatureName(algorithm))
                writer.string(try Self.signature(data, key, algorithm, identity.path))
                return writer.bytes
            } catch {
                throw Failure(description: Self.reason(error, identity.path))
            }
        }
    }

    private static func signature(
        _ data: [UInt8], _ key: PrivateKey, _ algorithm: SignatureAlgorithm, _ path: String
    ) throws(KeyProblem) -> [UInt8] {
        do { return try key.sign(data, algorithm) } catch { throw KeyProblem(path: path, flaw: .malformed) }
    }

    /// The key file that `ssh-keygen -Y sign` must be given, where only that can sign.
    package func toolPath(of offer: Offer) -> String? {
        if case .tool(let path) = offer.way { path } else { nil }
    }

    private static func reason(_ problem: KeyProblem, _ path: String) -> String {
        switch problem.kind {
        case .keyUnreadable(_, let reason): "The key \(path) can't be used: \(reason)."
        case .passphraseNeeded: "The key \(path) needs its passphrase. Put it into an agent: ssh-add \(path)"
        default: "The key \(path) can't be used."
        }
    }
}
