import Foundation
import Synchronization

/// The private keys of a process, each read, and decrypted if need be, once.
///
/// An encrypted key is decrypted only when a server has accepted it. If the passphrase is wrong the key stays unusable,
/// so a run over many nodes asks once and not for each.
package actor IdentityStore {
    /// Asked for a key's passphrase, once; nil to give up.
    package typealias PassphraseProvider = @Sendable (_ path: String) async throws -> String?

    private let passphrase: PassphraseProvider?
    /// A copy of what is loaded, for a look-up without a change of thread.
    private nonisolated let loaded = Mutex<[String: Result<Identity, KeyProblem>]>([:])
    private nonisolated let unlocked = Mutex<[String: Result<PrivateKey, KeyProblem>]>([:])
    private var unlocking: [String: [CheckedContinuation<Void, Never>]] = [:]

    package init(passphrase: PassphraseProvider? = nil) {
        self.passphrase = passphrase
    }

    /// The public side of a key file, and its certificate if there is a usable one beside it.
    nonisolated func identity(at path: String) async throws(KeyProblem) -> Identity {
        if let known = loaded.withLock({ $0[path] }) { return try known.get() }
        return try await load(path)
    }

    private func load(_ path: String) throws(KeyProblem) -> Identity {
        if let known = loaded.withLock({ $0[path] }) { return try known.get() }
        let result: Result<Identity, KeyProblem>
        do throws(KeyProblem) {
            result = .success(try Identity.read(path))
        } catch {
            result = .failure(error)
        }
        loaded.withLock { $0[path] = result }
        return try result.get()
    }

    /// The decoded key. Asks for the passphrase if the key is encrypted.
    nonisolated func privateKey(of identity: Identity) async throws(KeyProblem) -> PrivateKey {
        if case .plain(let key) = identity.file { return key }
        if let known = unlocked.withLock({ $0[identity.path] }) { return try known.get() }
        return try await unlock(identity)
    }

    private func unlock(_ identity: Identity) async throws(KeyProblem) -> PrivateKey {
        let path = identity.path
        while unlocking[path] != nil {
            await withCheckedContinuation { unlocking[path]?.append($0) }
        }
        if let known = unlocked.withLock({ $0[path] }) { return try known.get() }
        unlocking[path] = []
        let result: Result<PrivateKey, KeyProblem>
        do throws(KeyProblem) {
            result = .success(try await decode(identity))
        } catch {
            result = .failure(error)
        }
        unlocked.withLock { $0[path] = result }
        for waiting in unlocking.removeValue(forKey: path) ?? [] { waiting.resume() }
        return try result.get()
    }

    private func decode(_ identity: Identity) async throws(KeyProblem) -> PrivateKey {
        var passphrase: String?
        if identity.file.isEncrypted {
            do {
                passphrase = try await self.passphrase?(identity.path)
            } catch {
                throw KeyProblem(
                    path: identity.path,
                    kind: .keyUnreadable(path: identity.path, reason: "its passphrase can't be had: \(error)"))
            }
            if passphrase == nil { throw KeyProblem(path: identity.path, kind: .passphraseNeeded(path: identity.path)) }
        }
        do throws(KeyFlaw) {
            return try identity.file.decode(passphrase: passphrase)
        } catch {
            throw KeyProblem(path: identity.path, flaw: error)
        }
    }
}

/// The public side of a private-key file.
struct Identity: Sendable {
    let path: String
    let file: PrivateKeyFile
    /// Nil if the file is encrypted as a whole and has no `.pub` beside it.
    let publicKey: PublicKey?
    let certificate: PublicKey?
    /// A certificate that cannot be used, to be named in an error.
    let unusableCertificate: PublicKey?

    static func read(_ path: String) throws(KeyProblem) -> Identity {
        let contents: FileBytes.Contents
        do throws(FileBytes.Failure) {
            contents = try FileBytes.read(path, limit: 1 << 20)
        } catch {
            throw KeyProblem(path: path, kind: .keyUnreadable(path: path, reason: error.reason))
        }
        // As ssh(1): a key that others can read is not private.
        guard contents.mode & 0o077 == 0 else {
            let mode = String(contents.mode, radix: 8)
            throw KeyProblem(
                path: path, kind: .keyUnreadable(path: path, reason: "others may read it (mode \(mode)); chmod 600 it"))
        }
        let file: PrivateKeyFile
        do throws(KeyFlaw) {
            file = try PrivateKeyFile(contents.bytes)
        } catch {
            throw KeyProblem(path: path, flaw: error)
        }
        let certificate = publicKey(in: "\(path)-cert.pub").flatMap { $0.isCertificate ? $0 : nil }
        return Identity(
            path: path, file: file, publicKey: file.publicKey ?? publicKey(in: "\(path).pub"),
            certificate: certificate.flatMap { $0.isUsableCertificate ? $0 : nil },
            unusableCertificate: certificate.flatMap { $0.isUsableCertificate ? nil : $0 })
    }

    private static func publicKey(in path: String) -> PublicKey? {
        guard let contents = try? FileBytes.read(path, limit: 1 << 20) else { return nil }
        return PublicKey(line: String(decoding: contents.bytes, as: UTF8.self))
    }
}

/// A key file that cannot be used, before it is known for which node.
struct KeyProblem: Error {
    let path: String
    let kind: SSHError.Kind

    init(path: String, kind: SSHError.Kind) {
        self.path = path
        self.kind = kind
    }

    init(path: String, flaw: KeyFlaw) {
        self.path = path
        kind =
            flaw == .passphraseNeeded ? .passphraseNeeded(path: path) : .keyUnreadable(path: path, reason: flaw.reason)
    }
}
