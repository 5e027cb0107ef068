import NIOCore
import NIOPosix
import Synchronization

/// The connections of a run, one for each target, made when first asked for and used by every step after that.
///
/// Starts are paced, so a thousand nodes at once neither overflow an sshd nor slow each other down: a node that does
/// not answer holds neither a processor nor, for long, a place in the queue. Close the pool when the run is over.
package final class SSHPool: Sendable {
    /// How much may be under way at once.
    package struct Limits: Sendable {
        /// Handshakes at once, for each event loop.
        package var handshakesPerLoop = 64
        /// Connections on their way at once, not counting those that take longer than `handshakeWork`.
        package var starts = 1024
        /// Connections to one address that are not logged in yet. sshd by default drops some from the tenth on.
        package var startsPerDestination = 8
        /// Connections to one jump host.
        package var connectionsPerJumpHost = 2...8
        /// How long a handshake counts as work; after that it is taken to be waiting for its server.
        package var handshakeWork = Duration.milliseconds(500)
        /// An opening on a jump host's connection that is older makes that connection be passed over.
        package var stalledOpen = Duration.seconds(3)

        package init() {}
    }

    private struct State {
        var connections: [SSHTarget: SSHConnection] = [:]
        /// How many use a connection between `join` and `leave`.
        var users: [ObjectIdentifier: Int] = [:]
        /// Callers that wait for a connection that another one makes.
        var connecting: [SSHTarget: [UInt64: CheckedContinuation<SSHConnection, any Error>]] = [:]
        var cancelled: Set<UInt64> = []
        var jumpHosts: [[SSHTarget]: JumpHost] = [:]
        /// Connections that are not logged in yet.
        var opening: [ObjectIdentifier: SSHConnection] = [:]
        var nextTicket: UInt64 = 0
        var isClosed = false
    }

    /// What all connections share.
    package let context: SSHContext
    private let limits: Limits
    private let retry = RetryPolicy()
    private let resolver = AddressResolver()
    /// For the way to an established connection, which takes no processor but a place in the server's queue.
    private let starts: Pacer
    /// For the handshakes.
    private let work: Pacer
    private let state = Mutex(State())

    /// One for each core, at most 4, for all pools of the process. They never end: whoever still waits for a
    /// connection that is being closed is resumed on one of them.
    private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    private static let threads = min(4, System.coreCount)

    /// Raises the limit of open files.
    package init(_ context: SSHContext, limits: Limits = Limits()) {
        _ = LibSSH2.placeholder
        FileLimit.raise()
        self.context = context
        self.limits = limits
        starts = Pacer(
            limit: limits.starts, limitPerDestination: limits.startsPerDestination, workTime: limits.handshakeWork)
        work = Pacer(
            limit: limits.handshakesPerLoop * Self.threads, limitPerDestination: .max, workTime: limits.handshakeWork)
    }

    /// The target's connection, logged in. Made if there is none or if the last one was lost.
    ///
    /// Callers that ask for the same target at once share one attempt; if the caller that makes it is cancelled, the
    /// next one makes its own.
    /// - Throws: `SSHError`.
    package func connection(to target: SSHTarget) async throws(SSHError) -> SSHConnection {
        while true {
            enum Step { case use(SSHConnection), dial, share, refuse }
            let step: Step = state.withLock { state in
                if let known = state.connections[target] {
                    if !known.isClosed { return .use(known) }
                    state.connections[target] = nil
                }
                if state.isClosed { return .refuse }
                if state.connecting[target] != nil { return .share }
                state.connecting[target] = [:]
                return .dial
            }
            switch step {
            case .use(let connection): return connection
            case .refuse: throw SSHError(.closed, node: target.name, phase: .pool)
            case .dial: return try await make(target)
            case .share: if let shared = try await share(target) { return shared }
            }
        }
    }

    /// The host key that the target's server presents now, without a log-in and without a judgement on it.
    ///
    /// For a person who is to accept the key; jump hosts on the way are checked as ever.
    /// - Throws: `SSHError`.
    package func presentedHostKey(of target: SSHTarget) async throws(SSHError) -> HostKey {
        let connection = try await dial(target, stopsAtHostKey: true)
        let key = await connection.hostKey
        await connection.close()
        guard let key else { throw SSHError(.internalFailure("no host key"), node: target.name, phase: .hostKey) }
        return key
    }

    /// The target's connection for one more user, who gives it back by `leave`.
    /// - Throws: `SSHError`.
    package func join(_ target: SSHTarget) async throws(SSHError) -> SSHConnection {
        while true {
            let connection = try await connection(to: target)
            let isIn = state.withLock { state in
                // The last user before this one may have closed it just now.
                guard state.connections[target] === connection else { return false }
                state.users[ObjectIdentifier(connection), default: 0] += 1
                return true
            }
            if isIn { return connection }
        }
    }

    /// Gives a connection back, and closes it where nobody else uses it.
    package func leave(_ connection: SSHConnection, to target: SSHTarget) async {
        let isLast = state.withLock { state in
            let id = ObjectIdentifier(connection)
            let left = (state.users[id] ?? 1) - 1
            state.users[id] = left > 0 ? left : nil
            if left <= 0 && state.connections[target] === connection { state.connections[target] = nil }
            return left <= 0
        }
        if isLast { await connection.close() }
    }

    /// Forgets and closes the target's connection, if there is one.
    package func drop(_ target: SSHTarget) async {
        await state.withLock { $0.connections.removeValue(forKey: target) }?.close()
    }

    /// Closes every connection, also those that are being made; who waits for one gets an error.
    package func close() async {
        let (connections, jumpHosts) = state.withLock { state in
            state.isClosed = true
            defer { (state.connections, state.jumpHosts, state.opening) = ([:], [:], [:]) }
            return (Array(state.connections.values) + state.opening.values, Array(state.jumpHosts.values))
        }
        for connection in connections { await connection.close() }
        for jumpHost in jumpHosts { await jumpHost.close() }
    }

    // MARK: Sharing

    private func make(_ target: SSHTarget) async throws(SSHError) -> SSHConnection {
        let result: Result<SSHConnection, SSHError>
        do throws(SSHError) {
            result = .success(try await dialWithRetries(target))
        } catch {
            result = .failure(error)
        }
        let (waiting, isClosed) = state.withLock { state in
            if case .success(let connection) = result, !state.isClosed { state.connections[target] = connection }
            return (state.connecting.removeValue(forKey: target) ?? [:], state.isClosed)
        }
        for continuation in waiting.values { continuation.resume(with: result.mapError { $0 }) }
        let connection = try result.get()
        if isClosed {
            await connection.close()
            throw SSHError(.closed, node: target.name, phase: .pool)
        }
        return connection
    }

    /// Nil if the attempt is over or was cancelled by the one who made it.
    private func share(_ target: SSHTarget) async throws(SSHError) -> SSHConnection? {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        defer { _ = state.withLock { $0.cancelled.remove(ticket) } }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation {
                    (continuation: CheckedContinuation<SSHConnection, any Error>) in
                    state.withLock { state in
                        if state.cancelled.contains(ticket) || state.connecting[target] == nil {
                            continuation.resume(throwing: CancellationError())
                        } else {
                            state.connecting[target]?[ticket] = continuation
                        }
                    }
                }
            } onCancel: {
                let waiting = state.withLock { state in
                    state.cancelled.insert(ticket)
                    return state.connecting[target]?.removeValue(forKey: ticket)
                }
                waiting?.resume(throwing: CancellationError())
            }
        } catch let error as SSHError {
            if case .cancelled = error.kind, !Task.isCancelled { return nil }
            throw error
        } catch {
            guard Task.isCancelled else { return nil }
            throw SSHError(.cancelled, node: target.name, phase: .pool)
        }
    }

    // MARK: Making connections

    var anyLoop: any EventLoop { Self.eventLoops.next() }

    private func dialWithRetries(_ target: SSHTarget) async throws(SSHError) -> SSHConnection {
        var attempt = 1
        while true {
            do throws(SSHError) {
                return try await dial(target)
            } catch {
                guard let delay = retry.delay(after: error, attempt: attempt, jitter: .random(in: 0..<1)) else {
                    throw error
                }
                attempt += 1
                do { try await Task.sleep(for: delay) } catch {
                    throw SSHError(.cancelled, node: target.name, phase: .pool)
                }
            }
        }
    }

    /// One attempt, after its turn has come.
    func dial(_ target: SSHTarget, stopsAtHostKey: Bool = false) async throws(SSHError) -> SSHConnection {
        do {
            let lookup = stopsAtHostKey ? nil : try await Self.lookup(target, context)
            let route = target.route
            return route.isEmpty
                ? try await dialDirectly(target, lookup) : try await dial(target, through: route, lookup)
        } catch let error as SSHError {
            throw error
        } catch {
            throw SSHError(.cancelled, node: target.name, phase: .pool)
        }
    }

    private func dialDirectly(_ target: SSHTarget, _ lookup: HostKeyLookup?) async throws -> SSHConnection {
        let loop = Self.eventLoops.next()
        let deadline = ContinuousClock.now + target.deadlines.connect
        let addresses = try await resolver.addresses(of: target, until: deadline, on: loop)
        let destination = addresses.first.map { "\($0)" } ?? target.address
        return try await starts.paced(destination: destination, on: loop) {
            let transport = try await SocketDialer.connect(
                to: addresses, for: target, on: loop, until: .now + target.deadlines.connect)
            return try await handshake(target, over: transport, on: loop, lookup)
        }
    }

    /// Off the event loops: hashed lines make this long, and the files may have to be read.
    @concurrent
    private static func lookup(_ target: SSHTarget, _ context: SSHContext) async throws(SSHError) -> HostKeyLookup {
        try context.hostKeys.lookup(target)
    }

    private func dial(
        _ target: SSHTarget, through route: [SSHTarget], _ lookup: HostKeyLookup?
    ) async throws -> SSHConnection {
        let jumpHost = try state.withLock { state in
            guard !state.isClosed else { throw SSHError(.closed, node: target.name, phase: .pool) }
            if let known = state.jumpHosts[route] { return known }
            let new = JumpHost(route: route, pool: self, limits: limits)
            state.jumpHosts[route] = new
            return new
        }
        let tunnel: TunnelTransport
        let loop: any EventLoop
        do throws(SSHError) {
            (tunnel, loop) = try await jumpHost.openTunnel(to: target)
        } catch {
            if case .cancelled = error.kind { throw error }
            throw SSHError(.jumpFailed(error), node: target.name, phase: .connect)
        }
        return try await handshake(target, over: tunnel, on: loop, lookup)
    }

    private func handshake(
        _ target: SSHTarget, over transport: any ByteTransport & Sendable, on loop: any EventLoop,
        _ lookup: HostKeyLookup?
    ) async throws -> SSHConnection {
        do {
            return try await work.paced(destination: target.name, on: loop) {
                let connection = try SSHConnection(target, over: transport, on: loop)
                let id = ObjectIdentifier(connection)
                let isClosed = state.withLock { state in
                    state.opening[id] = connection
                    return state.isClosed
                }
                defer { _ = state.withLock { $0.opening.removeValue(forKey: id) } }
                if isClosed { await connection.close() }
                try await connection.open(lookup: lookup, context: context)
                return connection
            }
        } catch {
            // If its turn never came.
            loop.execute { transport.close() }
            throw error
        }
    }
}
