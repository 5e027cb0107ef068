import Glibc
import NIOCore
import NIOPosix

/// Makes TCP connections on a given event loop.
enum SocketDialer {
    /// Tries the addresses in order until one answers; the deadline is for all of them together.
    ///
    /// With more than one address each but the last gets at most its share of the time that is left, so a dead first
    /// address does not use up the time of the second.
    static func connect(
        to addresses: [SocketAddress], for target: SSHTarget, on loop: any EventLoop,
        until deadline: ContinuousClock.Instant
    ) async throws(SSHError) -> SocketTransport {
        var failure = SSHError(.dns("no address"), node: target.name, phase: .resolve)
        for (index, address) in addresses.enumerated() {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw SSHError(.timedOut(.connect), node: target.name, phase: .connect) }
            do {
                return try await connect(to: address, on: loop, within: left / (addresses.count - index))
            } catch {
                failure = classify(error, target)
                if case .cancelled = failure.kind { throw failure }
            }
        }
        throw failure
    }

    private static func connect(
        to address: SocketAddress, on loop: any EventLoop, within time: Duration
    ) async throws -> SocketTransport {
        let transport = SocketTransport()
        let attempt = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(time))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(keepIdle), value: 30)
            .channelOption(.tcpOption(keepInterval), value: 10)
            .channelOption(.tcpOption(keepCount), value: 3)
            .channelOption(.tcpOption(userTimeout), value: 60_000)
            .channelOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 64 * 1024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(transport) }
            }
            .connect(to: address)
        do {
            // NIO keeps the connect timeout; the deadline here only bounds the wait for its answer.
            _ = try await attempt.get(until: .now + time + .seconds(1))
        } catch {
            attempt.whenSuccess { $0.close(promise: nil) }
            throw error
        }
        return transport
    }

    private static let keepIdle = NIOBSDSocket.Option(rawValue: CInt(TCP_KEEPIDLE))
    private static let keepInterval = NIOBSDSocket.Option(rawValue: CInt(TCP_KEEPINTVL))
    private static let keepCount = NIOBSDSocket.Option(rawValue: CInt(TCP_KEEPCNT))
    private static let userTimeout = NIOBSDSocket.Option(rawValue: CInt(TCP_USER_TIMEOUT))

    private static func classify(_ error: any Error, _ target: SSHTarget) -> SSHError {
        let kind: SSHError.Kind =
            switch error {
            case is CancellationError: .cancelled
            case ChannelError.connectTimeout, is DeadlinePassed: .timedOut(.connect)
            case let error as IOError:
                switch error.errnoCode {
                case ECONNREFUSED: .refused
                case ETIMEDOUT: .timedOut(.connect)
                case EMFILE, ENFILE: .internalFailure("too many open files")
                default: .unreachable(String(cString: strerror(error.errnoCode)))
                }
            default: .unreachable("\(error)")
            }
        return SSHError(kind, node: target.name, phase: .connect)
    }
}
