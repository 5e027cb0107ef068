import CLibSSH2
import Glibc

/// The state that libssh2's C callbacks touch for one session: its bytes, its memory, its last words.
///
/// Sending never says EAGAIN: after a half-sent packet libssh2 answers any other call on the session with BAD_USE.
/// Receiving never says that the stream has ended, because libssh2 would drop the packets that it holds unread; the
/// owner looks at the transport's `hasEnded` instead.
final class SessionIO {
    let transport: any ByteTransport
    /// Whether bytes were received since it was last cleared.
    var bytesMoved = false
    /// Whether libssh2 may hold received bytes that it has not looked at, because it did not read until there were none.
    private(set) var mayHoldBytes = false
    /// Set before the session is freed, so that no callback waits for the peer any more.
    var isPoisoned = false
    /// Recorded until the keys are exchanged, then nil.
    var greeting: ServerGreeting? = ServerGreeting()
    /// What the server said as it disconnected.
    var farewell: String?
    /// Asks for signatures during public-key authentication.
    var signatureRequest: SignatureRequest?
    /// Answers the prompts of keyboard-interactive authentication.
    var promptExchange: PromptExchange?

    /// What the session may hold. Far more than its windows need, so only a hostile server comes near.
    private static let memoryLimit = 24 << 20
    private var memory = 0
    /// Whether the server made libssh2 ask for more memory than a session may have.
    private(set) var isFlooded = false

    init(transport: any ByteTransport) {
        self.transport = transport
    }

    func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        guard memory + count <= Self.memoryLimit else {
            isFlooded = true
            return nil
        }
        let pointer = malloc(count)
        if let pointer { memory += malloc_usable_size(pointer) }
        return pointer
    }

    func reallocate(_ pointer: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer? {
        let old = pointer.map { malloc_usable_size($0) } ?? 0
        guard memory - old + count <= Self.memoryLimit else {
            isFlooded = true
            return nil
        }
        let new = realloc(pointer, count)
        if let new { memory += malloc_usable_size(new) - old }
        return new
    }

    func release(_ pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return }
        memory -= malloc_usable_size(pointer)
        free(pointer)
    }

    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        if isPoisoned { return -Int(ECONNRESET) }
        let count = transport.receive(into: buffer)
        mayHoldBytes = count > 0
        guard count > 0 else { return -Int(EAGAIN) }
        bytesMoved = true
        if greeting != nil {
            greeting?.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
            if greeting?.isGarbage == true { return -Int(ECONNRESET) }
        }
        return count
    }

    /// Once the peer is gone the bytes are dropped without an error: libssh2 sends window adjustments before it reads,
    /// and would not hand out what has been received.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isPoisoned { return -Int(ECONNRESET) }
        _ = transport.send(bytes)
        return bytes.count
    }
}

/// The C side of `SessionIO`: libssh2 hands each callback the address of the pointer given to it at the start.
enum SessionCallbacks {
    private typealias Abstract = UnsafeMutablePointer<UnsafeMutableRawPointer?>

    private static func io(_ abstract: Abstract?) -> SessionIO? {
        abstract?.pointee.map { Unmanaged<SessionIO>.fromOpaque($0).takeUnretainedValue() }
    }

    static func makeSession(_ io: SessionIO) -> OpaquePointer? {
        libssh2_session_init_ex(
            { count, abstract in SessionCallbacks.io(abstract)?.allocate(count) },
            { pointer, abstract in SessionCallbacks.io(abstract)?.release(pointer) },
            { pointer, count, abstract in SessionCallbacks.io(abstract)?.reallocate(pointer, count) },
            Unmanaged.passUnretained(io).toOpaque())
    }

    static func install(on session: OpaquePointer) {
        runbook_set_callbacks(
            session,
            { _, buffer, count, _, abstract in
                SessionCallbacks.io(abstract)?.receive(.init(start: buffer, count: count)) ?? -Int(ECONNRESET)
            },
            { _, bytes, count, _, abstract in
                SessionCallbacks.io(abstract)?.send(.init(start: bytes, count: count)) ?? -Int(ECONNRESET)
            },
            { _, _, message, count, _, _, abstract in
                let bytes = UnsafeRawBufferPointer(start: message, count: Int(max(0, count)))
                SessionCallbacks.io(abstract)?.farewell = String(decoding: bytes.prefix(200), as: UTF8.self)
            })
    }
}
