import Model

/// What may come next for one invocation, and what has come: start, then output in order, then one end.
struct InvocationProgress {
    enum Step: Hashable {
        case started
        case output(OutputChunk)
        case ended(InvocationResult)
        case refused(String)
        case mismatch
    }

    private let id: String
    private var hasBegun: Bool
    private var hasEnded = false
    private var offsets: OutputOffsets

    /// An invocation that was just sent, with the bytes of each stream that are known already.
    init(id: InvocationID, from offsets: OutputOffsets) {
        self.id = id.description
        self.offsets = offsets
        hasBegun = false
    }

    /// What `event` means.
    /// - Throws: `ProtocolViolation` for another id, an end before a start, or a gap in the output.
    mutating func apply(_ event: SupervisorEvent) throws(ProtocolViolation) -> Step? {
        guard !hasEnded else { throw ProtocolViolation("something came after the end of \(id)") }
        switch event {
        case .start(let other, _), .attach(let other):
            try check(other)
            guard !hasBegun else { throw ProtocolViolation("\(id) started twice") }
            hasBegun = true
            if case .start = event { return .started }
            return nil
        case .data(let other, let stream, let offset, let bytes):
            try check(other)
            guard hasBegun else { throw ProtocolViolation("output of \(id) came before its start") }
            return .output(try chunk(stream, offset, bytes))
        case .end(let other, let status, let why, let output, let error):
            try check(other)
            guard hasBegun else { throw ProtocolViolation("\(id) ended before it started") }
            hasEnded = true
            return .ended(
                InvocationResult(
                    outcome: try Self.outcome(status, why), standardOutputBytes: output, standardErrorBytes: error))
        case .notStarted(let other):
            try check(other)
            hasEnded = true
            return .ended(InvocationResult(outcome: .notStarted(reason: "the node never started it")))
        case .lost(let other):
            try check(other)
            hasEnded = true
            return .ended(
                InvocationResult(
                    outcome: .lost(reason: "the node restarted, or what ran it was ended, before it was done")))
        case .mismatch(let other):
            try check(other)
            hasEnded = true
            return .mismatch
        case .refused(let other, let why):
            try check(other)
            hasEnded = true
            return .refused(why)
        default: throw ProtocolViolation("something else came while \(id) ran")
        }
    }

    private func check(_ other: String) throws(ProtocolViolation) {
        guard other == id else { throw ProtocolViolation("it speaks of \(other) instead of \(id)") }
    }

    private mutating func chunk(_ stream: Character, _ offset: Int, _ bytes: [UInt8]) throws(ProtocolViolation)
        -> OutputChunk
    {
        let isOutput = stream == "o"
        guard offset == (isOutput ? offsets.standardOutput : offsets.standardError) else {
            throw ProtocolViolation("the output of \(id) has a gap")
        }
        if isOutput { offsets.standardOutput += bytes.count } else { offsets.standardError += bytes.count }
        return OutputChunk(stream: isOutput ? .standardOutput : .standardError, offset: offset, bytes: bytes)
    }

    private static func outcome(_ status: String, _ why: String) throws(ProtocolViolation) -> InvocationOutcome {
        switch why {
        case "TIMEOUT": return .timedOut
        case "CANCELLED": return .cancelled
        case "LIMIT": return .outputLimitExceeded
        default:
            if status == "LOST" { return .lost(reason: "it was ended before it was done") }
            guard let code = Int32(status), (0...255).contains(code) else {
                throw ProtocolViolation("'\(status.prefix(20))' is no exit status")
            }
            return .exited(code)
        }
    }
}
