/// What a channel to a supervisor brings.
package enum SupervisorChannelEvent: Sendable, Hashable {
    /// Bytes that the command wrote to its standard output.
    case standardOutput([UInt8])
    /// Bytes that the command wrote to its standard error.
    case standardError([UInt8])
    /// Nothing more comes; why, where it is known and is not a plain end.
    case closed(reason: String?)
}

/// One running command's standard input and outputs, on a node or on this machine.
///
/// `send` and `receive` may be under way at the same time, each by one caller.
package protocol SupervisorChannel: Sendable {
    /// Writes all of `bytes` to the command's standard input, suspending while the other side does not read.
    /// - Throws: `SessionError` of kind `.lost` when the channel is closed.
    func send(_ bytes: [UInt8]) async throws

    /// The next event. What is not asked for is held back on the other side, within bounds.
    ///
    /// After `.closed` each further call gives `.closed` again.
    func receive() async throws -> SupervisorChannelEvent

    /// Ends the channel: the command sees the end of its input, a pending `receive` gives `.closed`.
    func close() async
}

/// Starts commands: an SSH connection does so on its node, `LocalChannelOpener` on this machine.
package protocol SupervisorChannelOpener: Sendable {
    /// Starts `command` by the login shell (SSH) or by `sh -c` (locally).
    ///
    /// A connection may be asked for several channels, at the same time too.
    /// - Throws: `SessionError` of kind `.refused` when one more channel is not allowed, `.lost` when the
    ///   connection is gone.
    func openChannel(command: String) async throws -> any SupervisorChannel

    /// Ends the connection and all of its channels.
    func close() async
}
