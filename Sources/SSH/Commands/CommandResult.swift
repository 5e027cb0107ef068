/// What became of one command on a node.
package struct CommandResult: Sendable {
    /// What is known of the command's end.
    package enum Outcome: Sendable {
        /// The command ended and its end was reported in its output. Not 0 is a result as any other.
        case exited(Int32)
        /// Nothing is known of the command's end. It may have run, may still run, or may not have begun.
        case lost(SSHError)
    }

    /// What is known of the command's end.
    package var outcome: Outcome
    /// What it wrote to standard output, up to the limit.
    package var standardOutput: [UInt8]
    /// What it wrote to standard error, up to the limit.
    package var standardError: [UInt8]
    /// How many bytes of both outputs were not kept, because they were beyond the limit.
    package var droppedBytes: Int

    /// The exit code; nil if the end is not known.
    package var exitCode: Int32? {
        if case .exited(let code) = outcome { return code }
        return nil
    }

    /// Whether it is certain that the command ended with code 0.
    package var isSuccess: Bool { exitCode == 0 }
}
