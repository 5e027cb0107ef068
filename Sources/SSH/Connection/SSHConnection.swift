import CLibSSH2
import NIOCore

/// A logged-in SSH connection to one node, on one event loop.
///
/// Made by `SSHPool`. Channels may be used side by side. Once the connection is lost or closed every call throws, and a
/// new connection is needed.
package actor SSHConnection {
    /// The node, as it was asked for.
    package nonisolated let target: SSHTarget
    /// The loop on which everything about the connection happens.
    package nonisolated let eventLoop: any EventLoop
    nonisolated let core: SessionCore
    /// How far the host key was checked.
    package private(set) var trust = HostKeyTrust.unchecked
    /// The key that the server presented.
    package private(set) var hostKey: HostKey?
    /// The key or method that logged in, such as a fingerprint.
    package internal(set) var authenticatedBy: String?

    /// The actor runs on its event loop.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    /// Takes the transport over, also if it throws.
    init(
        _ target: SSHTarget, over transport: any ByteTransport & Sendable, on loop: any EventLoop
    ) throws(SSHError) {
        self.target = target
        eventLoop = loop
        core = try SessionCore(transport: transport, node: target.name, loop: loop)
    }

    /// Handshake, host key check, log-in; in this order, so no credential leaves before the check.
    ///
    /// If any of it fails the transport is closed. Without a look-up it stops once the server has shown its key.
    func open(lookup: HostKeyLookup?, context: SSHContext) async throws(SSHError) {
        core.begin()
        do throws(SSHError) {
            let key = try await handshake(hostKeys: Algorithms.hostKeys(recorded: lookup?.recordedTypes ?? []))
            hostKey = key
            guard let lookup else { return }
            trust = try await check(key, lookup, context)
            try await authenticate(context)
            core.isEstablished = true
        } catch {
            core.close(error.kind)
            throw error
        }
    }

    /// Whether no new channel can be opened.
    package nonisolated var isClosed: Bool { core.isRetired }

    /// Closes the connection with all its channels. Commands that run on the node may go on.
    package func close() {
        core.close()
    }

    // MARK: Waiting

    /// Repeats one libssh2 call until it is done, waiting for bytes to move each time it says EAGAIN.
    func drive<R>(
        _ phase: SSHError.Phase, until deadline: ContinuousClock.Instant?, _ call: (OpaquePointer) -> Attempt<R>
    ) async throws(SSHError) -> R {
        while true {
            switch core.call(call) {
            case .done(let result): return result
            case .failed(let code): throw error(core.kind(of: code), phase)
            case .again: try await moved(phase, until: deadline)
            }
        }
    }

    func moved(_ phase: SSHError.Phase, until deadline: ContinuousClock.Instant?) async throws(SSHError) {
        do {
            try await anythingMoves(until: deadline)
        } catch is DeadlinePassed {
            throw error(.timedOut(phase), phase)
        } catch {
            throw self.error(.cancelled, phase)
        }
    }

    private func anythingMoves(until deadline: ContinuousClock.Instant?) async throws {
        let core = core
        let id = core.makeID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                // Naming the actor keeps the closures on it.
                self.core.addWaiter(id, until: deadline, continuation)
            }
        } onCancel: {
            core.loop.execute { core.failWaiter(id, CancellationError()) }
        }
    }

    nonisolated func error(_ kind: SSHError.Kind, _ phase: SSHError.Phase) -> SSHError {
        SSHError(kind, node: target.name, phase: phase)
    }
}
