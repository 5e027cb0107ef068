import NIOCore

/// Bytes on their way to a channel, in the order in which they were accepted.
///
/// Holds little more memory than there are bytes, however many have passed through.
struct OutboundQueue {
    private var buffer = ByteBuffer()

    var count: Int { buffer.readableBytes }
    var isEmpty: Bool { count == 0 }
    /// The memory that it holds.
    var capacity: Int { buffer.capacity }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.writeBytes(bytes)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        buffer.writeBytes(bytes)
    }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        buffer.withUnsafeReadableBytes(body)
    }

    mutating func removeFirst(_ sent: Int) {
        buffer.moveReaderIndex(forwardBy: sent)
        if buffer.readableBytes == 0 {
            buffer = ByteBuffer()
        } else if buffer.readerIndex > 128 * 1024, buffer.readerIndex > buffer.readableBytes {
            // A steady writer never lets the queue run empty. Moving the rest costs no more than has been sent.
            buffer.discardReadBytes()
        }
    }

    mutating func removeAll() {
        buffer = ByteBuffer()
    }
}
