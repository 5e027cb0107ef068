import CLibSSH2

/// One open channel of a session and the bytes on their way to it. Confined to the session's event loop.
///
/// What was accepted for writing stays at the front of `outbound` until libssh2 has sent it: during a key re-exchange
/// libssh2 remembers how many bytes of the last call it wants to send, and would read past the end of shorter ones.
///
/// Invariant of `@unchecked Sendable`: touched on the session's event loop alone.
final class LiveChannel: @unchecked Sendable {
    enum Purpose { case command, tunnel }

    let pointer: OpaquePointer
    let purpose: Purpose
    var outbound = OutboundQueue()
    /// Whether the end of input is to be sent after the last byte.
    var closesInput = false
    var inputIsClosed = false
    /// Whether the channel was given up; nothing may touch `pointer` through it any more.
    var isReleased = false
    /// Set once a write failed for good, as after the peer closed the channel.
    private(set) var refusesInput = false
    /// How the channel ended, once its reader has been told.
    var ending: SSHChannelEnd?

    /// More unsent bytes than this make a writer wait.
    static let highWater = 128 * 1024
    static let window: UInt32 = 256 * 1024
    static let packet: UInt32 = 32 * 1024

    init(_ pointer: OpaquePointer, purpose: Purpose) {
        self.pointer = pointer
        self.purpose = purpose
    }

    func refuseInput() {
        refusesInput = true
        outbound.removeAll()
    }

    var isWritable: Bool { outbound.count < Self.highWater && !refusesInput }
}
