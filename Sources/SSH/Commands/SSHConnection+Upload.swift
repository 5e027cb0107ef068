import Crypto
import Foundation

/// A file to be put on a node.
package struct SSHUpload: Sendable, Hashable {
    /// Absolute, or relative to the home folder. A symbolic link there is replaced, not followed.
    package var path: String
    /// The permission bits.
    package var mode: UInt16
    /// `user`, `user:group` or `:group`; nil leaves it to the node.
    package var owner: String?

    package init(path: String, mode: UInt16 = 0o644, owner: String? = nil) {
        self.path = path
        self.mode = mode
        self.owner = owner
    }
}

extension SSHConnection {
    /// Puts a file on the node, all or nothing: other programs see the old file or the whole new one.
    /// - Throws: `SSHError`; if the kind is `lost`, `timedOut` or `cancelled` the new file may be in place.
    package func upload(
        _ contents: [UInt8], as file: SSHUpload, deadline: ContinuousClock.Instant? = nil
    ) async throws(SSHError) {
        let digest = Self.hexadecimal(SHA256.hash(data: contents))
        let channel = try await beginUpload(file, digest)
        try? await write(contents, to: channel.exec, until: deadline)
        try await finishUpload(channel, deadline)
    }

    /// As `upload`, with the contents in pieces, for files larger than memory. Their SHA-256 must be known before.
    package func upload<Chunks: AsyncSequence>(
        _ chunks: Chunks, sha256: [UInt8], as file: SSHUpload, deadline: ContinuousClock.Instant? = nil
    ) async throws where Chunks.Element == [UInt8] {
        let channel = try await beginUpload(file, Self.hexadecimal(sha256))
        do {
            for try await chunk in chunks { try await write(chunk, to: channel.exec, until: deadline) }
        } catch is SSHError {
            // The node's own answer says more.
        } catch {
            core.release(channel.exec.channel)
            throw error
        }
        try await finishUpload(channel, deadline)
    }

    private struct Upload {
        let exec: SSHExecChannel
        let command: MarkedCommand
    }

    private func beginUpload(_ file: SSHUpload, _ digest: String) async throws(SSHError) -> Upload {
        let script = UploadScript.command(path: file.path, mode: file.mode, owner: file.owner, digest: digest)
        let command = MarkedCommand(script, nonce: MarkedCommand.makeNonce())
        return Upload(exec: try await openExec(command.line), command: command)
    }

    private func finishUpload(_ upload: Upload, _ deadline: ContinuousClock.Instant?) async throws(SSHError) {
        upload.exec.channel.closesInput = true
        core.flush(upload.exec.channel)
        var output = CommandOutput(upload.command, limit: 4096)
        let result = await gather(upload.exec, &output, until: deadline)
        switch result.outcome {
        case .lost(let error): throw error
        case .exited(0): return
        case .exited(UploadScript.checksumDiffers): throw error(.uploadFailed(.checksumDiffers), .transfer)
        case .exited(UploadScript.isDirectory): throw error(.uploadFailed(.isDirectory), .transfer)
        case .exited(let code):
            let step = UploadScript.steps[code] ?? "the script (exit code \(code))"
            let message = String(decoding: result.standardError.prefix(500), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw error(.uploadFailed(.node(step: step, message: message)), .transfer)
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined()
    }
}
