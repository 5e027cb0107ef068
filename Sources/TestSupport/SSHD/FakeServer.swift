import Foundation
import Glibc

/// A TCP server on the loopback that does to each connection what the test says, to play servers that no sshd plays.
package final class FakeServer: Sendable {
    /// On which it listens.
    package let port: UInt16
    private let listener: CInt

    /// A connection of a `FakeServer`, blocking.
    package struct Peer: Sendable {
        /// The connected socket.
        package let descriptor: CInt

        /// False once the client is gone.
        @discardableResult
        package func send(_ text: String) -> Bool {
            send(Array(text.utf8))
        }

        /// False once the client is gone.
        @discardableResult
        package func send(_ bytes: [UInt8]) -> Bool {
            Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
        }

        /// Reads until a byte sequence has come or the client is gone, and returns all that was read.
        @discardableResult
        package func receive(through end: String? = nil) -> [UInt8] {
            var received: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &chunk, chunk.count, 0)
                guard count > 0 else { return received }
                received += chunk[..<count]
                if let end, received.suffix(4096 + end.utf8.count).firstRange(of: Array(end.utf8)) != nil {
                    return received
                }
            }
        }
    }

    /// Each connection runs `serve` on a thread of its own and is closed afterwards.
    package static func with<R>(
        backlog: CInt = 128, _ serve: (@Sendable (Peer) -> Void)?, _ body: (FakeServer) async throws -> R
    ) async throws -> R {
        let server = try FakeServer(backlog: backlog, serve)
        defer { server.stop() }
        return try await body(server)
    }

    /// Without `serve` nothing is accepted.
    private init(backlog: CInt, _ serve: (@Sendable (Peer) -> Void)?) throws {
        for _ in 0..<5 {
            let port = try FreePort.choose()
            if let listener = FreePort.listen(port, backlog: backlog) {
                (self.port, self.listener) = (port, listener)
                guard let serve else { return }
                Thread.detachNewThread {
                    while true {
                        let descriptor = accept(listener, nil, nil)
                        guard descriptor >= 0 else { return }
                        Thread.detachNewThread {
                            serve(Peer(descriptor: descriptor))
                            close(descriptor)
                        }
                    }
                }
                return
            }
        }
        throw POSIXError(.EADDRINUSE)
    }

    private func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }
}
