/// Bytes between libssh2 and the wire. Confined to one event loop; never blocks.
protocol ByteTransport: AnyObject {
    /// Moves received bytes into the buffer and returns how many; 0 if there are none now.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// Whether `receive` has bytes to give.
    var hasUnread: Bool { get }
    /// Takes all bytes, however many; false once the transport is closed.
    func send(_ bytes: UnsafeRawBufferPointer) -> Bool
    /// Puts what was sent since the last call on its way.
    func flush()
    /// Whether few enough sent bytes wait that more may follow.
    var isWritable: Bool { get }
    /// Whether the peer's last byte has been received, or the transport broke or was closed.
    var hasEnded: Bool { get }
    /// Why it broke, if it did.
    var failure: String? { get }
    /// Called on the loop when there are bytes to receive, when it becomes writable and when it ends.
    var onEvent: (() -> Void)? { get set }
    func close()
}
