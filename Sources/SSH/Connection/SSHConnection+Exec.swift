import CLibSSH2
import NIOCore

extension SSHConnection {
    /// libssh2 puts a request into one packet, which holds no more than this.
    static let longestCommand = 32_000

    /// Starts a command by the user's login shell. The text is visible to other users of the node.
    /// - Throws: `SSHError`; if its kind is `timedOut`, `cancelled` or `lost` the command may have started.
    package func openExec(_ command: String) async throws(SSHError) -> SSHExecChannel {
        do throws(OpenFailure) {
            return SSHExecChannel(try await openCommand(command), self)
        } catch {
            throw self.error(error.kind, .open)
        }
    }

    func openCommand(_ command: String) async throws(OpenFailure) -> LiveChannel {
        let size = command.utf8.count
        guard size <= Self.longestCommand, !command.utf8.contains(0) else {
            throw OpenFailure(kind: .commandTooLong(bytes: size), mayHaveStarted: false)
        }
        return try await openChannel(.command(command), until: .now + target.deadlines.open)
    }

    func openChannel(_ what: OpenRequest.What, until deadline: ContinuousClock.Instant) async throws(OpenFailure)
        -> LiveChannel
    {
        let core = core
        let id = core.makeID()
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation {
                    (continuation: CheckedContinuation<LiveChannel, any Error>) in
                    guard !Task.isCancelled else {
                        return continuation.resume(throwing: OpenFailure(kind: .cancelled, mayHaveStarted: false))
                    }
                    // Naming the actor keeps the closures on it.
                    self.core.addOpening(id, what, until: deadline, continuation)
                }
            } onCancel: {
                core.loop.execute { core.abandon(id, .cancelled) }
            }
        } catch let failure as OpenFailure {
            throw failure
        } catch {
            throw OpenFailure(kind: .internalFailure("\(error)"), mayHaveStarted: true)
        }
    }

    func write(
        _ bytes: [UInt8], to exec: SSHExecChannel, until deadline: ContinuousClock.Instant? = nil
    ) async throws(SSHError) {
        let channel = exec.channel
        var rest = bytes[...]
        while !rest.isEmpty {
            guard !channel.isReleased, !channel.refusesInput, !channel.closesInput else {
                throw error(core.ending ?? .closed, .channel)
            }
            guard channel.isWritable else {
                try await moved(.channel, until: deadline)
                continue
            }
            channel.outbound.append(rest.prefix(LiveChannel.highWater))
            rest = rest.dropFirst(LiveChannel.highWater)
            core.flush(channel)
            if core.ending != nil { throw error(core.ending ?? .closed, .channel) }
        }
    }

    func closeInput(of exec: SSHExecChannel) async throws(SSHError) {
        exec.channel.closesInput = true
        core.flush(exec.channel)
        if let ending = core.ending { throw error(ending, .channel) }
    }

    func close(_ exec: SSHExecChannel) {
        core.release(exec.channel)
    }

    func nextEvent(of exec: SSHExecChannel, until deadline: ContinuousClock.Instant?) async throws(SSHError)
        -> SSHChannelEvent
    {
        let channel = exec.channel
        while true {
            if let ending = channel.ending { return .closed(ending) }
            guard !channel.isReleased else { return .closed(end(channel)) }
            switch core.call({ _ in Self.read(channel) }) {
            case .done(let event):
                if case .closed(let ending) = event { channel.ending = ending }
                return event
            case .failed(let code):
                guard !channel.isReleased else { continue }
                let kind = core.kind(of: code)
                guard case .lost(let reason) = kind else { throw error(kind, .channel) }
                return .closed(.lost(reason))
            case .again: try await moved(.channel, until: deadline)
            }
        }
    }

    private func end(_ channel: LiveChannel) -> SSHChannelEnd {
        if case .lost(let reason) = core.ending { return .lost(reason) }
        return .closed
    }

    /// From 64 KiB on, giving the memory back after each read would have the allocator tidy up all that it holds.
    private static let chunk = 16 * 1024

    /// Both streams are looked at in one call, so that a lost connection is noticed only when both are drained.
    private static func read(_ channel: LiveChannel) -> Attempt<SSHChannelEvent> {
        withUnsafeTemporaryAllocation(byteCount: chunk, alignment: 16) { buffer in
            var failure: CInt?
            for stream in [CInt(0), CInt(SSH_EXTENDED_DATA_STDERR)] {
                let count = libssh2_channel_read_ex(
                    channel.pointer, stream, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
                if count > 0 {
                    let bytes = Array(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
                    return .done(stream == 0 ? .standardOutput(bytes) : .standardError(bytes))
                }
                if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) { failure = CInt(count) }
            }
            if let failure { return .failed(failure) }
            guard libssh2_channel_eof(channel.pointer) == 1 else { return .again }
            // The status may come after the end of the data.
            let code = libssh2_channel_wait_closed(channel.pointer)
            guard code == 0 else { return code == LIBSSH2_ERROR_EAGAIN ? .again : .failed(code) }
            return .done(
                .closed(
                    .finished(
                        reportedStatus: libssh2_channel_get_exit_status(channel.pointer),
                        signal: signal(of: channel.pointer))))
        }
    }

    private static func signal(of pointer: OpaquePointer) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        // The text is allocated by the session's allocator and goes with the session; it is a few bytes.
        guard libssh2_channel_get_exit_signal(pointer, &name, &length, nil, nil, nil, nil) == 0, let name else {
            return nil
        }
        return String(decoding: UnsafeRawBufferPointer(start: name, count: length), as: UTF8.self).visible
    }
}
