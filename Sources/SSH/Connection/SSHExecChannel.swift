import CLibSSH2
import NIOCore

/// What comes from a command that runs on a node.
package enum SSHChannelEvent: Sendable, Hashable {
    case standardOutput([UInt8])
    case standardError([UInt8])
    /// Nothing follows.
    case closed(SSHChannelEnd)
}

/// How a channel ended. The end says nothing certain about the command: SSH reports status 0 also when none came.
/// Success needs a record in the output itself; see `SSHConnection.run`.
package enum SSHChannelEnd: Sendable, Hashable {
    /// The server closed the channel, with what it said about the command's end.
    case finished(reportedStatus: Int32, signal: String?)
    /// The connection was lost. The command may still run.
    case lost(String)
    /// It was closed on this side.
    case closed
}

/// A command on a node: its input, and its two outputs kept apart.
///
/// Output is taken from the wire only as it is asked for, so a consumer that is behind stops the command after at most
/// 256 KiB plus what the node's pipes hold. One task reads and one task writes at a time; both may go on at once.
package final class SSHExecChannel: Sendable {
    /// The connection that it belongs to.
    package let connection: SSHConnection
    let channel: LiveChannel

    init(_ channel: LiveChannel, _ connection: SSHConnection) {
        self.channel = channel
        self.connection = connection
    }

    deinit {
        let (core, channel) = (connection.core, channel)
        connection.eventLoop.execute { core.release(channel) }
    }

    /// Queues bytes for the command's input; returns once little enough waits to be sent that more may follow.
    ///
    /// Bytes that were queued before a deadline or cancellation are still sent.
    /// - Throws: `SSHError` if the channel is closed, also by the command's end, or the connection is lost;
    ///   `timedOut(.channel)`; `cancelled`.
    package func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant? = nil) async throws(SSHError) {
        try await connection.write(bytes, to: self, until: deadline)
    }

    /// Sends the end of input after what was written.
    package func closeInput() async throws(SSHError) {
        try await connection.closeInput(of: self)
    }

    /// The next output, or the end. After the end it returns the end again.
    /// - Throws: `timedOut(.channel)` when the deadline passes, after which it may be called again; `cancelled`.
    package func next(deadline: ContinuousClock.Instant? = nil) async throws(SSHError) -> SSHChannelEvent {
        try await connection.nextEvent(of: self, until: deadline)
    }

    /// Closes the channel. The command may go on, with closed pipes.
    package func close() async {
        await connection.close(self)
    }

    /// The output as a sequence that ends after `closed`.
    package var events: Events { Events(channel: self) }

    /// A channel's events until its end.
    package struct Events: AsyncSequence, AsyncIteratorProtocol, Sendable {
        /// What comes from the command.
        package typealias Element = SSHChannelEvent
        let channel: SSHExecChannel
        private var isFinished = false

        init(channel: SSHExecChannel) {
            self.channel = channel
        }

        /// There is one output, so every iterator continues where the last one stopped.
        package func makeAsyncIterator() -> Events { self }

        /// The next event; nil after the end.
        package mutating func next() async throws -> SSHChannelEvent? {
            guard !isFinished else { return nil }
            let event = try await channel.next()
            if case .closed = event { isFinished = true }
            return event
        }
    }
}
