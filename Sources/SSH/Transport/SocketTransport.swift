import NIOCore
import NIOPosix

import func Glibc.strerror

/// A TCP connection as bytes for libssh2.
///
/// Invariant of `@unchecked Sendable`: everything but `channel` is touched on the channel's event loop alone.
final class SocketTransport: ChannelInboundHandler, ByteTransport, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var onEvent: (() -> Void)?
    private(set) var failure: String?
    private var channel: (any Channel)?
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var outbound = ByteBuffer()
    private var peerIsDone = false
    private var isPaused = false

    /// More unread bytes than this stop the reading from the socket, so a peer cannot fill the memory.
    private static let pauseAt = 512 * 1024

    var isWritable: Bool { channel?.isWritable ?? false }
    var hasUnread: Bool { inbound.readableBytes > 0 }
    var hasEnded: Bool { peerIsDone && inbound.readableBytes == 0 }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, inbound.readableBytes)
        guard count > 0 else { return 0 }
        inbound.readWithUnsafeReadableBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        if inbound.readableBytes == 0 {
            // Idle connections keep no buffer.
            inbound = ByteBuffer()
            if isPaused {
                isPaused = false
                _ = channel?.setOption(.autoRead, value: true)
            }
        }
        return count
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let context, !peerIsDone else { return false }
        if outbound.capacity == 0 { outbound = context.channel.allocator.buffer(capacity: max(bytes.count, 512)) }
        outbound.writeBytes(bytes)
        return true
    }

    func flush() {
        guard outbound.readableBytes > 0, let context else { return }
        let bytes = outbound
        outbound = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func close() {
        onEvent = nil
        peerIsDone = true
        inbound = ByteBuffer()
        outbound = ByteBuffer()
        // Safe on any thread; the handler itself is gone from the pipeline afterwards.
        channel?.close(promise: nil)
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        if inbound.readableBytes > Self.pauseAt, !isPaused {
            isPaused = true
            _ = context.channel.setOption(.autoRead, value: false)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        onEvent?()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { onEvent?() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        peerIsDone = true
        onEvent?()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        peerIsDone = true
        context.close(promise: nil)
    }
}
