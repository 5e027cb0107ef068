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
    private var inbound = ByteBuffer()

    init(_ channel: LiveChannel, of outer: SessionCore, owner: AnyObject?) {
        self.channel = channel
        self.outer = outer
        self.owner = owner
        outer.add(self)
    }

    var isWritable: Bool { !isClosed && channel.isWritable && outer.transport.isWritable }
    var hasEnded: Bool { isClosed || (peerIsDone && inbound.readableBytes == 0) }
    var hasUnread: Bool {
        inbound.readableBytes > 0
            || (!isClosed && !channel.isReleased && libssh2_poll_channel_read(channel.pointer, 0) != 0)
    }
    var failure: String? {
        if case .lost(let reason) = outer.ending { return "the jump host's connection was lost: \(reason)" }
        return outer.ending == nil ? nil : "the jump host's connection was closed"
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if inbound.readableBytes == 0 { fill() }
        let count = min(buffer.count, inbound.readableBytes)
        guard count > 0 else { return 0 }
        inbound.readWithUnsafeReadableBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return count
    }

    /// Reads always the same amount; see `SessionCore.pump`.
    private func fill() {
        guard !isClosed, !channel.isReleased else {
            peerIsDone = true
            return
        }
        withUnsafeTemporaryAllocation(byteCount: Int(LiveChannel.packet), alignment: 16) { chunk in
            let attempt: Attempt<Int> = outer.call { _ in
                let count = libssh2_channel_read_ex(
                    channel.pointer, 0, chunk.baseAddress?.assumingMemoryBound(to: CChar.self), chunk.count)
                if count == Int(LIBSSH2_ERROR_EAGAIN) { return .again }
                return count < 0 ? .failed(CInt(count)) : .done(count)
            }
            switch attempt {
            case .done(let count) where count > 0:
                inbound = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk)[..<count]))
            case .again: break
            case .done, .failed: peerIsDone = true
            }
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isClosed, !channel.isReleased, !channel.refusesInput, outer.ending == nil else { return false }
        channel.outbound.append(bytes)
        return true
    }

    func flush() {
        guard !isClosed, !channel.outbound.isEmpty else { return }
        outer.flush(channel)
        wasWritable = isWritable
    }

    /// Called in each turn of the outer session.
    func outerMoved() {
        guard !isClosed else { return }
        let becameWritable = !wasWritable && isWritable
        wasWritable = isWritable
        if channel.isReleased || (outer.ending != nil && !hasUnread) {
            peerIsDone = true
        } else if libssh2_channel_eof(channel.pointer) == 1 {
            // Only when everything before it has been read.
            peerIsDone = true
        }
        if peerIsDone || hasUnread || becameWritable { onEvent?() }
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
