/// The outputs of a marked command as they arrive, kept up to a limit. Pure.
struct CommandOutput: Sendable {
    private var output: MarkedStream
    private var error: MarkedStream
    private let limit: Int
    private(set) var standardOutput: [UInt8] = []
    private(set) var standardError: [UInt8] = []
    private(set) var droppedBytes = 0

    /// The limit is for each of the two outputs.
    init(_ command: MarkedCommand, limit: Int) {
        output = command.outputMarks
        error = command.errorMarks
        self.limit = limit
    }

    mutating func take(output bytes: [UInt8]) {
        keep(output.append(bytes), \.standardOutput)
    }

    mutating func take(error bytes: [UInt8]) {
        keep(error.append(bytes), \.standardError)
    }

    /// Keeps what may be the start of a mark that did not come.
    mutating func finish() {
        keep(output.finish(), \.standardOutput)
        keep(error.finish(), \.standardError)
    }

    /// The exit code, once both outputs are complete.
    var exitCode: Int32? { output.hasEnded ? error.code : nil }

    private mutating func keep(_ bytes: [UInt8], _ stream: WritableKeyPath<CommandOutput, [UInt8]>) {
        let room = max(0, limit - self[keyPath: stream].count)
        self[keyPath: stream] += bytes.prefix(room)
        droppedBytes += max(0, bytes.count - room)
    }

    func result(_ outcome: CommandResult.Outcome) -> CommandResult {
        CommandResult(
            outcome: outcome, standardOutput: standardOutput, standardError: standardError, droppedBytes: droppedBytes)
    }
}
