import CLibSSH2

/// One request that waits for the server's reply: the opening of a channel and, for a command, its start.
///
/// libssh2 keeps the state of an open in the session, so a session has one of these under way at a time and an open
/// must be driven to its end; one that nobody waits for any more is driven on and its channel released.
final class OpenRequest {
    enum What: Sendable {
        case command(String)
        case tunnel(host: String, port: UInt16)
        /// A session channel without a command.
        case keepsake
    }

    let what: What
    let id: UInt64
    /// When the opening was sent; nil while it waits for its turn.
    private(set) var started: ContinuousClock.Instant?
    /// Whether the start of the command was sent.
    private(set) var commandIsSent = false
    private var channel: OpaquePointer?
    private var continuation: CheckedContinuation<LiveChannel, any Error>?

    init(_ what: What, id: UInt64, continuation: CheckedContinuation<LiveChannel, any Error>?) {
        self.what = what
        self.id = id
        self.continuation = continuation
    }

    /// What the server said when it had no room, while channels that are being closed may make some.
    private(set) var refusal: SSHError.Kind?

    var isAbandoned: Bool { continuation == nil }

    var isForKeepsake: Bool {
        if case .keepsake = what { return true }
        return false
    }

    /// Whether a reply is awaited.
    var isUnderWay: Bool { started != nil }

    /// Has the opening be sent again later.
    func postpone(after refusal: SSHError.Kind) {
        self.refusal = refusal
        started = nil
        channel = nil
    }

    /// Resumes the caller, once.
    func finish(_ result: Result<LiveChannel, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }

    /// Calls libssh2 once or, when the opening succeeds at once, twice.
    func step(_ session: OpaquePointer, now: ContinuousClock.Instant) -> Attempt<OpaquePointer> {
        if started == nil { started = now }
        if channel == nil {
            switch open(session) {
            case .done(let opened): channel = opened
            case .again: return .again
            case .failed(let code): return .failed(code)
            }
        }
        guard let channel else { return .failed(CInt(LIBSSH2_ERROR_BAD_USE)) }
        guard case .command(let command) = what, !isAbandoned || commandIsSent else { return .done(channel) }
        commandIsSent = true
        let code = libssh2_channel_process_startup(channel, "exec", 4, command, UInt32(command.utf8.count))
        switch Attempt<Void>.from(code) {
        case .done: return .done(channel)
        case .again: return .again
        case .failed(let code): return .failed(code)
        }
    }

    /// The channel that was open when a later step failed.
    var leftover: OpaquePointer? { channel }

    private func open(_ session: OpaquePointer) -> Attempt<OpaquePointer> {
        let opened: OpaquePointer?
        switch what {
        case .command, .keepsake:
            opened = libssh2_channel_open_ex(session, "session", 7, LiveChannel.window, LiveChannel.packet, nil, 0)
        case .tunnel(let host, let port):
            // The message is sent with the first call only, but must be passed each time.
            let message = Self.tunnelMessage(host: host, port: port)
            opened = message.withUnsafeBytes { bytes in
                libssh2_channel_open_ex(
                    session, "direct-tcpip", 12, LiveChannel.window, LiveChannel.packet,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
            }
        }
        if let opened { return .done(opened) }
        let code = libssh2_session_last_errno(session)
        return code == LIBSSH2_ERROR_EAGAIN ? .again : .failed(code)
    }

    /// RFC 4254 section 7.2: the host and port to connect to, and the originator's, which are unknown here.
    private static func tunnelMessage(host: String, port: UInt16) -> [UInt8] {
        var writer = WireWriter()
        writer.text(host)
        writer.uint32(UInt32(port))
        writer.text("127.0.0.1")
        writer.uint32(0)
        return writer.bytes
    }
}
