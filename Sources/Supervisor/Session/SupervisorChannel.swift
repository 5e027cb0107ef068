/// A byte channel to a shell on a node, with standard output and standard error apart.
package protocol SupervisorChannel: Sendable {
    /// Writes all of `bytes`, waiting while the other side is behind.
    func send(_ bytes: [UInt8]) async throws
    /// The next piece of output. Called by one task at a time.
    func receive() async throws -> SupervisorChannelEvent
    func close() async
}

/// What a channel delivers.
package enum SupervisorChannelEvent: Sendable, Hashable {
    case standardOutput([UInt8])
    case standardError([UInt8])
    /// Nothing follows. The reason is for people.
    case closed(reason: String?)
}

/// Opens channels over one connection.
package protocol SupervisorChannelOpener: Sendable {
    /// Starts `command` by the login user's shell.
    func openChannel(command: String) async throws -> any SupervisorChannel
    /// Closes the connection and with it all channels.
    func close() async
}
