import CLibSSH2

/// The session's channels: sending on them, closing them, and reading for those that nobody reads.
extension SessionCore {
    /// Sends what is queued for a channel, as far as its window and the transport take it.
    func flush(_ channel: LiveChannel) {
        guard !channel.isReleased, !channel.refusesInput else { return }
        while !channel.outbound.isEmpty, transport.isWritable {
            let attempt: Attempt<Int> = call { _ in
                let count = channel.outbound.withBytes { bytes in
                    libssh2_channel_write_ex(
                        channel.pointer, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
                }
                // 0: the window is full and bytes are still to be read.
                if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { return .again }
                return count > 0 ? .done(count) : .failed(CInt(count))
            }
            switch attempt {
            case .done(let count):
                channel.outbound.removeFirst(count)
            case .again:
                // The window of a channel that the server has closed never grows again.
                if libssh2_channel_wait_closed(channel.pointer) == 0 { channel.refuseInput() }
                return
            case .failed:
                channel.refuseInput()
                return
            }
        }
        guard channel.outbound.isEmpty else { return }
        if channel.closesInput, !channel.inputIsClosed {
            if case .again = call({ _ in .from(libssh2_channel_send_eof(channel.pointer)) }) { return }
            channel.inputIsClosed = true
        }
    }

    /// Gives a channel up. The server's confirmation is awaited in later turns.
    func release(_ channel: LiveChannel) {
        guard !channel.isReleased else { return }
        channel.isReleased = true
        channel.outbound.removeAll()
        channels[ObjectIdentifier(channel)] = nil
        guard !isFreed else { return }
        closing.append(Closing(pointer: channel.pointer))
        reap()
        advanceRequests()
        wakeWaiters()
    }

    func reap() {
        guard !isFreed, !closing.isEmpty else { return }
        // A call below may end the session, which comes back here.
        let pending = closing
        closing = []
        for channel in pending {
            switch call({ _ in Self.close(channel.pointer) }) {
            case .again: closing.append(channel)
            case .done where channel.isKept && keepsake == nil: keepsake = channel.pointer
            case .done, .failed: _ = libssh2_channel_free(channel.pointer)
            }
        }
    }

    /// Closes a channel and waits for the server to do the same.
    ///
    /// `libssh2_channel_close` may come back before that. But sshd counts the channel's session until then, so the next
    /// opening could be refused.
    private static func close(_ pointer: OpaquePointer) -> Attempt<Void> {
        let code = libssh2_channel_close(pointer)
        guard code == 0 else { return .from(code) }
        // Not by reading: that may widen the window of a channel whose number the server has given to the next one.
        let end = libssh2_channel_wait_eof(pointer)
        return .from(end == 0 ? libssh2_channel_wait_closed(pointer) : end)
    }

    /// Takes bytes off the wire that nobody waits for: probes of an idle server, and data up to the windows' sizes.
    ///
    /// By calls that never change a window. During a key exchange libssh2 remembers an adjustment that it could not
    /// send, but not its size; were the next call on the channel one that reads another amount, the two sides would
    /// disagree on the window and libssh2 would silently drop data. For the same reason every read of a channel asks
    /// for the same amount.
    func pump() {
        guard isEstablished, transport.hasUnread || io.mayHoldBytes else { return }
        for channel in channels.values {
            let attempt = call { _ in
                let end = libssh2_channel_wait_eof(channel.pointer)
                return Attempt<Void>.from(end == 0 ? libssh2_channel_wait_closed(channel.pointer) : end)
            }
            if case .again = attempt { return }
        }
        guard transport.hasUnread || io.mayHoldBytes, closing.isEmpty, requests.isEmpty, ending == nil else { return }
        if let keepsake {
            _ = call { _ -> Attempt<Void> in
                let count = libssh2_channel_read_ex(keepsake, 0, nil, 0)
                return count == Int(LIBSSH2_ERROR_EAGAIN) ? .again : count < 0 ? .failed(CInt(count)) : .done(())
            }
        } else if !isRetired {
            openKeepsake()
        }
    }
}
