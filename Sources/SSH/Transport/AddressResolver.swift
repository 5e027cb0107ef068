import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Turns names into addresses on threads of its own and remembers the answers for its lifetime.
///
/// `getaddrinfo` blocks, for tens of seconds if a name server is dead, so it never runs on an event loop. An answer
/// that failed is not remembered.
final class AddressResolver: Sendable {
    private let answers = Mutex<[String: [SocketAddress]]>([:])

    /// For all resolvers of the process; enough that some dead name servers do not stop the rest.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    /// The addresses of the target's host in the order to try.
    func addresses(of target: SSHTarget, until deadline: ContinuousClock.Instant, on loop: any EventLoop)
        async throws(SSHError) -> [SocketAddress]
    {
        if let literal = try? SocketAddress(ipAddress: target.address, port: Int(target.port)) { return [literal] }
        let key = "\(target.port) \(target.address)"
        if let known = answers.withLock({ $0[key] }) { return known }
        let (address, port) = (target.address, target.port)
        let query: EventLoopFuture<[SocketAddress]> = Self.threads.runIfActive(eventLoop: loop) {
            try Self.query(address, port: port)
        }
        let found: [SocketAddress]
        do {
            found = try await query.get(until: deadline)
        } catch is DeadlinePassed {
            throw SSHError(.timedOut(.resolve), node: target.name, phase: .resolve)
        } catch let error as Failure {
            throw SSHError(.dns(error.reason), node: target.name, phase: .resolve)
        } catch {
            throw SSHError(
                error is CancellationError ? .cancelled : .dns("\(error)"), node: target.name, phase: .resolve)
        }
        answers.withLock { $0[key] = found }
        return found
    }

    private struct Failure: Error {
        let reason: String
    }

    private static func query(_ address: String, port: UInt16) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address, String(port), &hints, &first)
        guard code == 0 else { throw Failure(reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = Self.address(of: info), !found.contains(address) { found.append(address) }
            next = info.ai_next
        }
        guard !found.isEmpty else { throw Failure(reason: "the name has no IPv4 or IPv6 address") }
        return found
    }

    private static func address(of info: addrinfo) -> SocketAddress? {
        guard let raw = info.ai_addr else { return nil }
        switch info.ai_family {
        case AF_INET:
            return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6:
            return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default:
            return nil
        }
    }
}
