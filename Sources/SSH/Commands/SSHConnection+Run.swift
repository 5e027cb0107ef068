extension SSHConnection {
    /// Runs one command by `sh` and gathers its outputs, each up to the limit in bytes.
    ///
    /// The command's text is visible to other users of the node while it runs. When the deadline passes the channel is
    /// closed and the outcome is `lost`; the command may go on, with closed pipes.
    /// - Throws: `SSHError` only if the command has certainly not begun; else the result's outcome says `lost`.
    package func run(
        _ command: String, input: [UInt8] = [], deadline: ContinuousClock.Instant? = nil, outputLimit: Int = 16 << 20
    ) async throws(SSHError) -> CommandResult {
        let marked = MarkedCommand(command, nonce: MarkedCommand.makeNonce())
        var output = CommandOutput(marked, limit: outputLimit)
        let exec: SSHExecChannel
        do throws(OpenFailure) {
            exec = SSHExecChannel(try await openCommand(marked.line), self)
        } catch {
            let cause = self.error(error.kind, .open)
            guard error.mayHaveStarted else { throw cause }
            return output.result(.lost(cause))
        }
        // Handed over as a whole: the caller holds it in memory anyway, and reading can begin at once.
        exec.channel.outbound.append(input)
        exec.channel.closesInput = true
        core.flush(exec.channel)
        return await gather(exec, &output, until: deadline)
    }

    /// Reads to the last mark, and closes the channel.
    func gather(
        _ exec: SSHExecChannel, _ output: inout CommandOutput, until deadline: ContinuousClock.Instant?
    ) async -> CommandResult {
        defer { core.release(exec.channel) }
        do throws(SSHError) {
            while true {
                switch try await nextEvent(of: exec, until: deadline) {
                case .standardOutput(let bytes): output.take(output: bytes)
                case .standardError(let bytes): output.take(error: bytes)
                case .closed(let end):
                    output.finish()
                    return output.result(.lost(error(lost(end), .channel)))
                }
                // Without waiting for the channel's end: a child in the background may hold the pipes open.
                if let code = output.exitCode { return output.result(.exited(code)) }
            }
        } catch {
            output.finish()
            return output.result(.lost(error))
        }
    }

    private func lost(_ end: SSHChannelEnd) -> SSHError.Kind {
        switch end {
        case .lost(let reason): .lost(reason)
        case .closed: .closed
        case .finished(_, let signal?): .lost("the command was killed by SIG\(signal) before its end was reported")
        case .finished(let status, nil):
            .lost("the channel was closed before the command's end was reported (SSH says status \(status))")
        }
    }
}
