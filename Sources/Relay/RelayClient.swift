import Foundation
import Glibc

/// Lets the service carry out commands.
package struct RelayClient: Sendable {
    private let path: String
    private let environment: [String: String]

    /// For the service that listens at `path`.
    package init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment.filter { RelayCommand.shownWith.contains($0.key) }
    }

    /// Has the service carry out a command on this process's own streams; SIGINT and SIGTERM are passed on to it.
    /// - Returns: its exit status.
    /// - Throws: `RelayError` where it was not begun, or the service went away.
    package func run(_ arguments: [String]) throws -> Int32 {
        let connection = try UnixSocket.connect(to: path)
        try begin(arguments, connection, streams: [0, 1, 2])
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { try? connection.send(.signal(number)) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try Self.ending(connection)
    }

    /// Has the service carry out a command that reads `input`.
    /// - Returns: its exit status, and what it printed; what it says on standard error goes to this process's.
    package func ask(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32, output: [UInt8]) {
        let connection = try UnixSocket.connect(to: path)
        let given = Pipe()
        let printed = Pipe()
        try begin(
            arguments, connection,
            streams: [
                given.fileHandleForReading.fileDescriptor, printed.fileHandleForWriting.fileDescriptor, STDERR_FILENO,
            ])
        try given.fileHandleForReading.close()
        try printed.fileHandleForWriting.close()
        let writer = Thread {
            try? given.fileHandleForWriting.write(contentsOf: Data(input))
            try? given.fileHandleForWriting.close()
        }
        writer.start()
        let output = try printed.fileHandleForReading.readToEnd() ?? Data()
        return (try Self.ending(connection), Array(output))
    }

    private func begin(_ arguments: [String], _ connection: UnixSocket, streams: [CInt]) throws {
        do {
            try connection.send(.command(arguments: arguments, environment: environment), streams: streams)
        } catch {
            // Who is not served is told so before they are listened to.
            if case .refused(let text, let hint, let status)? = try? connection.receive() {
                throw RelayError(text, hint: hint, exitStatus: Int(status))
            }
            throw error
        }
    }

    private static func ending(_ connection: UnixSocket) throws(RelayError) -> Int32 {
        while let message = try connection.receive() {
            switch message {
            case .ended(let status): return status
            case .refused(let text, let hint, let status):
                throw RelayError(text, hint: hint, exitStatus: Int(status))
            case .command, .signal: continue
            }
        }
        throw RelayError(
            "The service went away before the command had ended.",
            hint: "What became of it: runbook runs", exitStatus: 1)
    }
}
