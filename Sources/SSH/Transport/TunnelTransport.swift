import CLibSSH2
import NIOCore

/// A direct-tcpip channel of an outer session as bytes for an inner one. Both live on the same event loop.
///
/// What the inner session sends waits in the channel's queue until the outer window takes it, so nothing is lost on
/// a partial write and the inner session sees `isWritable` go false.
///
/// Reading may bring bytes for other users of the outer session. They are told in a later turn of the loop, never from
/// within the inner session's call, because they could call back into it.
///
/// Invariant of `@unchecked Sendable`: touched on the outer session's loop alone, but for `close`, which hops there.
final class TunnelTransport: ByteTransport, @unchecked Sendable {
    var onEvent: (() -> Void)?
    private let outer: SessionCore
    private let channel: LiveChannel
    /// Keeps the outer connection open as long as the tunnel lives.
    private let owner: AnyObject?
    private var isClosed = false
    private var peerIsDone = false
    private var wasWritable = true
    private var isRegistered = true

    init(_ channel: LiveChannel, of outer: SessionCore, owner: AnyObject?) {
        self.channel = channel
        self.outer = outer
        self.owner = owner
        outer.add(self)
    }

    var isWritable: Bool { !isClosed && channel.isWritable && outer.transport.isWritable }
    var hasEnded: Bool { isClosed || peerIsDone }
    var failure: String? {
        if case .lost(let reason) = outer.ending { return "the jump host's connection was lost: \(reason)" }
        return outer.ending == nil ? nil : "the jump host's connection was closed"
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !isClosed, !channel.isReleased else {
            peerIsDone = true
            return 0
        }
        let attempt: Attempt<Int> = outer.call { _ in
            let count = libssh2_channel_read_ex(
                channel.pointer, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
            if count == Int(LIBSSH2_ERROR_EAGAIN) { return .again }
            return count < 0 ? .failed(CInt(count)) : .done(count)
        }
        switch attempt {
        case .done(let count) where count > 0: return count
        case .again: return 0
        case .done, .failed:
            peerIsDone = true
            return 0
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isClosed, !channel.isReleased, !channel.refusesInput else { return false }
        channel.outbound.writeBytes(bytes)
        return true
    }

    func flush() {
        guard !isClosed, channel.outbound.readableBytes > 0 else { return }
        outer.flush(channel)
        wasWritable = isWritable
    }

    /// Called in each turn of the outer session.
    func outerMoved() {
        guard !isClosed else { return }
        let becameWritable = !wasWritable && isWritable
        wasWritable = isWritable
        guard !channel.isReleased, outer.ending == nil else {
            onEvent?()
            return
        }
        let hasBytes = libssh2_poll_channel_read(channel.pointer, 0) != 0
        if hasBytes || becameWritable || libssh2_channel_eof(channel.pointer) != 0 { onEvent?() }
    }

    func close() {
        onEvent = nil
        if outer.loop.inEventLoop {
            closeOnLoop()
        } else {
            outer.loop.execute { self.closeOnLoop() }
        }
    }

    private func closeOnLoop() {
        guard !isClosed else { return }
        isClosed = true
        outer.release(channel)
        outer.remove(self)
    }
}
