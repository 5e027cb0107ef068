import Foundation
import Glibc
import Synchronization

/// Answers the command line of this machine's users: runs each command as the service's own user, in the name of who
/// asked.
///
/// A thread takes connections, and each has one of its own: they wait in the kernel, and are few. `Sendable` because what
/// changes is behind one mutex.
package final class RelayServer: Sendable {
    /// Commands at one time, of all users and of one.
    private static let limit = 128
    private static let limitPerUser = 16

    private let socket: UnixSocket
    private let path: String
    private let program: String
    private let environment: [String: String]
    private let report: @Sendable (String) -> Void
    private let running = Mutex<[Int: Int]>([:])

    /// Listens at `path` from now on. Commands are run by `program` with `environment`, whose service's own settings
    /// are in there; `report` is told in sentences what goes wrong.
    package init(
        at path: String, program: String, environment: [String: String],
        report: @escaping @Sendable (String) -> Void
    ) throws(RelayError) {
        socket = try UnixSocket.listen(at: path)
        self.path = path
        self.program = program
        self.environment = environment
        self.report = report
    }

    /// Begins to answer.
    package func start() {
        let thread = Thread { [self] in
            while let connection = socket.accept() {
                let thread = Thread { [self] in serve(connection) }
                thread.stackSize = 512 << 10
                thread.start()
            }
        }
        thread.name = "relay"
        thread.start()
    }

    /// Takes no more commands. Those that run go on.
    package func stop() {
        unlink(path)
        socket.shutDown()
    }

    private func serve(_ connection: UnixSocket) {
        do {
            let peer = try RelayPeer(of: connection)
            guard begin(peer.userID) else {
                throw RelayError("Too many commands are running already.", hint: "Try again once one has ended.")
            }
            defer { end(peer.userID) }
            try serve(connection, peer)
        } catch {
            let error = error as? RelayError ?? RelayError("\(error)", exitStatus: 70)
            report("a command was not begun: \(error)")
            try? connection.send(.refused(error.message, hint: error.hint, status: Int32(error.exitStatus)))
        }
    }

    private func serve(_ connection: UnixSocket, _ peer: RelayPeer) throws {
        guard let (message, streams) = try connection.receiveWithStreams() else { return }
        let process: pid_t
        do {
            defer { for stream in streams { close(stream) } }
            guard case .command(let arguments, let shown) = message, streams.count == 3 else {
                throw RelayError("No command came with its three streams.")
            }
            var variables = environment.merging(
                shown.filter { RelayCommand.shownWith.contains($0.key) }, uniquingKeysWith: { _, new in new })
            variables[RelayPeer.variable] = try peer.text
            process = try RelayCommand(program: program, arguments: arguments, environment: variables)
                .start(streams: streams)
        }
        let ended = Mutex(false)
        let listener = Thread { [connection] in
            // Who goes away leaves the command running: its run is finished as any other.
            while let message = try? connection.receive() {
                guard case .signal(let number) = message, [SIGINT, SIGTERM, SIGHUP].contains(number) else { continue }
                ended.withLock { ended in
                    // Not a process that is gone: its number may be another's.
                    if !ended { kill(process, number) }
                }
            }
        }
        listener.start()
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        ended.withLock { $0 = true }
        try? connection.send(.ended(status: RelayCommand.wait(for: process)))
        connection.shutDown()
    }

    private func begin(_ user: Int) -> Bool {
        running.withLock { running in
            guard running.values.reduce(0, +) < Self.limit, running[user, default: 0] < Self.limitPerUser else {
                return false
            }
            running[user, default: 0] += 1
            return true
        }
    }

    private func end(_ user: Int) {
        running.withLock { running in
            running[user, default: 1] -= 1
            if running[user] == 0 { running[user] = nil }
        }
    }
}
