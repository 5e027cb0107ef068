import Glibc
import NIOCore
import NIOPosix

/// An SSH agent behind its UNIX socket.
///
/// Each request has its own connection, on a thread of its own pool, with a deadline: an agent that dies, hangs or
/// waits for its user is an error of the one connection that asked. libssh2's own agent client loops for ever then.
struct SSHAgent: Sendable {
    let path: String

    /// Agents answer one request after another anyway.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    func identities(until deadline: ContinuousClock.Instant, on loop: any EventLoop) async throws(AgentFailure)
        -> [(key: PublicKey, comment: String)]
    {
        try AgentMessage.identities(in: try await exchange(AgentMessage.requestIdentities, until: deadline, on: loop))
    }

    func sign(
        _ data: [UInt8], with key: PublicKey, _ algorithm: SignatureAlgorithm, until deadline: ContinuousClock.Instant,
        on loop: any EventLoop
    ) async throws(AgentFailure) -> [UInt8] {
        let request = AgentMessage.signRequest(key: key.blob, data: data, algorithm: algorithm)
        let answer = try await exchange(request, until: deadline, on: loop)
        return try AgentMessage.signature(in: answer, algorithm: key.signatureName(algorithm))
    }

    /// The same, with the algorithm's name, and with what a token adds.
    func signWhole(
        _ data: [UInt8], with key: PublicKey, _ algorithm: SignatureAlgorithm, until deadline: ContinuousClock.Instant,
        on loop: any EventLoop
    ) async throws(AgentFailure) -> [UInt8] {
        let request = AgentMessage.signRequest(key: key.blob, data: data, algorithm: algorithm)
        let answer = try await exchange(request, until: deadline, on: loop)
        return try AgentMessage.wholeSignature(in: answer, algorithm: key.signatureName(algorithm))
    }

    private func exchange(
        _ request: [UInt8], until deadline: ContinuousClock.Instant, on loop: any EventLoop
    ) async throws(AgentFailure) -> [UInt8] {
        let answer: EventLoopFuture<[UInt8]> = Self.threads.runIfActive(eventLoop: loop) {
            let socket = try AgentSocket(path: path, deadline: deadline)
            return try socket.exchange(request)
        }
        do {
            return try await answer.get(until: deadline)
        } catch let failure as AgentFailure {
            throw failure
        } catch is DeadlinePassed {
            throw AgentFailure("it does not answer")
        } catch is CancellationError {
            throw AgentFailure("cancelled")
        } catch {
            throw AgentFailure("\(error)")
        }
    }
}

/// A connection to an agent. Every wait ends at the deadline.
private final class AgentSocket {
    private let descriptor: CInt
    private let deadline: ContinuousClock.Instant

    init(path: String, deadline: ContinuousClock.Instant) throws(AgentFailure) {
        self.deadline = deadline
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw AgentFailure("the path of its socket is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw AgentFailure(String(cString: strerror(errno))) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // A UNIX socket whose backlog is full says EAGAIN instead of connecting later.
        guard code == 0 else {
            let reason = String(cString: strerror(errno))
            throw AgentFailure("\(path): \(reason)")
        }
    }

    deinit {
        close(descriptor)
    }

    func exchange(_ request: [UInt8]) throws(AgentFailure) -> [UInt8] {
        var sent = 0
        while sent < request.count {
            // No SIGPIPE if the agent has died.
            let count = request.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else { try wait(for: CInt(POLLOUT)) }
        }
        var reader = WireReader(try receive(4))
        guard let length = try? reader.uint32(), length > 0, length <= AgentMessage.largestAnswer else {
            throw AgentFailure("its answer is malformed")
        }
        return try receive(Int(length))
    }

    private func receive(_ count: Int) throws(AgentFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                recv(descriptor, buffer.baseAddress.map { $0 + received }, count - received, 0)
            }
            guard got != 0 else { throw AgentFailure("it closed the connection") }
            if got > 0 { received += got } else { try wait(for: CInt(POLLIN)) }
        }
        return bytes
    }

    /// After a call that returned -1.
    private func wait(for events: CInt) throws(AgentFailure) {
        guard errno == EAGAIN || errno == EINTR else { throw AgentFailure(String(cString: strerror(errno))) }
        let left = ContinuousClock.now.duration(to: deadline).components
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { throw AgentFailure("it does not answer") }
        var descriptors = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = poll(&descriptors, 1, CInt(min(milliseconds + 1, 60_000)))
    }
}
