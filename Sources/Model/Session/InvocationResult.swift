/// How an invocation ended. Anything but `.exited` is never success.
package enum InvocationOutcome: Sendable, Hashable, Codable {
    /// It ran to its end; 128 + n after signal n.
    case exited(Int32)
    /// It ran longer than its timeout and its whole process group was ended.
    case timedOut
    /// It was stopped because it was cancelled.
    case cancelled
    /// It wrote more than its output limit and was stopped.
    case outputLimitExceeded
    /// It was never started on the node, and it is known that it was not.
    case notStarted(reason: String)
    /// It may have run; nobody can tell how it ended.
    case lost(reason: String)

    /// The exit status, where there is one.
    package var exitStatus: Int32? {
        guard case .exited(let status) = self else { return nil }
        return status
    }
}

/// An invocation's outcome and how much it wrote.
package struct InvocationResult: Sendable, Hashable, Codable {
    /// How it ended.
    package var outcome: InvocationOutcome
    /// Bytes written to standard output so far, whether or not they were all received in this call.
    package var standardOutputBytes: Int
    /// Bytes written to standard error so far.
    package var standardErrorBytes: Int
    /// Whether it was kept from writing anything, where that was asked for; nil where nobody has said.
    package var isSandboxed: Bool?

    /// Creates a result.
    package init(
        outcome: InvocationOutcome, standardOutputBytes: Int = 0, standardErrorBytes: Int = 0,
        isSandboxed: Bool? = nil
    ) {
        self.isSandboxed = isSandboxed
        self.outcome = outcome
        self.standardOutputBytes = standardOutputBytes
        self.standardErrorBytes = standardErrorBytes
    }
}

/// A piece of a script's output, in the order in which it was written to its stream.
package struct OutputChunk: Sendable, Hashable {
    /// Which of the two streams.
    package enum Stream: String, Sendable, Hashable, Codable {
        case standardOutput = "stdout", standardError = "stderr"
    }

    /// Which stream it was written to.
    package var stream: Stream
    /// Bytes of this stream that came before it.
    package var offset: Int
    /// The bytes.
    package var bytes: [UInt8]

    /// Creates a chunk.
    package init(stream: Stream, offset: Int, bytes: [UInt8]) {
        self.stream = stream
        self.offset = offset
        self.bytes = bytes
    }
}

/// Where to go on with an invocation that was started earlier: bytes of each stream that are stored already.
package struct OutputOffsets: Sendable, Hashable, Codable {
    package var standardOutput: Int
    package var standardError: Int

    /// Nothing stored yet.
    package static let start = OutputOffsets(standardOutput: 0, standardError: 0)

    /// Creates offsets in bytes.
    package init(standardOutput: Int, standardError: Int) {
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}
