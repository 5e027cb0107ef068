import Model

/// The strict reader of what a supervisor writes: bytes in, events out, no I/O.
///
/// Each event is a line `RB2 TOKEN VERB …` with a newline before it. The token is the frame's own, which no script on the
/// node knows, so output can't contain an event: a piece of output is all bytes up to the next newline, `RB2` and token.
/// Frames are answered in their order. Whatever does not fit is a violation, after which nothing is read any more.
struct SupervisorEventParser: Sendable {
    /// What may answer a frame.
    enum Expectation: Sendable, Hashable {
        /// A script's start, output and end, from these offsets on.
        case script(OutputOffsets)
        /// One event.
        case answer
    }

    private enum Mode: Sendable { case noise, line, output(OutputChunk.Stream) }

    private struct Frame: Sendable {
        let token: String
        let expectation: Expectation
        var hasStarted = false
        var offsets: OutputOffsets
    }

    private let greeting: String
    private var frames: [Frame] = []
    private var mode = Mode.noise
    private var hasGreeted = false
    private var pending: [UInt8] = []
    private var position = 0
    private var noiseBytes = 0

    /// The most that login shells and sudo may print before the greeting, in bytes.
    static let noiseLimit = 256 << 10
    private static let lineLimit = 4096

    /// A reader of a channel whose supervisor greets with `greeting`.
    init(greeting: String) { self.greeting = greeting }

    /// Frames that wait for their end.
    var openFrames: Int { frames.count }

    /// Says that the frame with `token` was sent.
    mutating func expect(_ token: String, _ expectation: Expectation) {
        var offsets = OutputOffsets.start
        if case .script(let start) = expectation { offsets = start }
        frames.append(Frame(token: token, expectation: expectation, offsets: offsets))
    }

    /// Takes what came and gives the events that it completes.
    mutating func feed(_ bytes: some Collection<UInt8>) throws(ProtocolViolation) -> [SupervisorEvent] {
        pending.append(contentsOf: bytes)
        var events: [SupervisorEvent] = []
        while let event = try next() { events.append(event) }
        pending.removeSubrange(..<position)
        position = 0
        return events
    }

    private mutating func next() throws(ProtocolViolation) -> SupervisorEvent? {
        while true {
            switch mode {
            case .noise:
                guard let start = find("\nRB2 \(greeting) ") else {
                    try skipNoise(to: max(position, pending.count - greeting.utf8.count - 5))
                    return nil
                }
                try skipNoise(to: start)
                mode = .line
            case .output(let stream):
                let token = try head().token
                let end = find("\nRB2 \(token) ")
                // What could be the beginning of the next event stays until more has come.
                let limit = end ?? max(position, pending.count - token.utf8.count - 5)
                if end != nil { mode = .line }
                guard limit > position else {
                    if end == nil { return nil }
                    continue
                }
                let chunk = OutputChunk(
                    stream: stream, offset: frames[0].offsets[stream], bytes: Array(pending[position..<limit]))
                frames[0].offsets[stream] += chunk.bytes.count
                position = limit
                return .output(chunk)
            case .line:
                guard let line = try line() else { return nil }
                if let event = try event(line) { return event }
            }
        }
    }

    private mutating func skipNoise(to index: Int) throws(ProtocolViolation) {
        noiseBytes += index - position
        position = index
        guard noiseBytes <= Self.noiseLimit else {
            throw ProtocolViolation("more than 256 KiB came before the greeting")
        }
    }

    /// The newline before an event, then its line, without both newlines.
    private mutating func line() throws(ProtocolViolation) -> String? {
        guard position < pending.count else { return nil }
        guard pending[position] == UInt8(ascii: "\n") else { throw ProtocolViolation("something between two events") }
        guard let end = pending[(position + 1)...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard pending.count - position <= Self.lineLimit else { throw ProtocolViolation("a line has no end") }
            return nil
        }
        let bytes = pending[(position + 1)..<end]
        guard bytes.count <= Self.lineLimit, bytes.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
            throw ProtocolViolation("an event that is no text")
        }
        position = end + 1
        return String(decoding: bytes, as: UTF8.self)
    }

    private func find(_ text: String) -> Int? {
        let wanted = Array(text.utf8)
        var index = position
        while let start = pending[index...].firstIndex(of: wanted[0]) {
            guard start + wanted.count <= pending.count else { return nil }
            if pending[start..<start + wanted.count].elementsEqual(wanted) { return start }
            index = start + 1
        }
        return nil
    }

    private func head() throws(ProtocolViolation) -> Frame {
        guard let frame = frames.first else { throw ProtocolViolation("an answer to nothing") }
        return frame
    }

    /// Nil for the header of output, which follows.
    private mutating func event(_ line: String) throws(ProtocolViolation) -> SupervisorEvent? {
        let words = EventWords(line)
        guard try words.text(0) == "RB2" else { throw ProtocolViolation("a line that is no event") }
        let token = try words.text(1)
        let verb = try words.text(2)
        if token == greeting {
            switch verb {
            case "HELLO" where !hasGreeted:
                hasGreeted = true
                return .hello(try words.identity())
            case "READY" where !hasGreeted, "RECORDED" where !hasGreeted:
                mode = .noise
                return .ready(isRecorded: verb == "RECORDED")
            case "FATAL": return .fatal(reason: try words.text(3))
            default: throw ProtocolViolation("'\(verb)' instead of a greeting")
            }
        }
        guard token == (try head().token) else { throw ProtocolViolation("'\(verb)' for another frame") }
        if verb == "FATAL" { return .fatal(reason: try words.text(3)) }
        if verb == "OUT" {
            try startOutput(words)
            return nil
        }
        guard let event = try words.answer(verb) else {
            throw ProtocolViolation("there is no event '\(verb.prefix(20))'")
        }
        try admit(event)
        return event
    }

    private mutating func startOutput(_ words: EventWords) throws(ProtocolViolation) {
        let frame = try head()
        guard case .script = frame.expectation, frame.hasStarted else {
            throw ProtocolViolation("output before its start")
        }
        let stream: OutputChunk.Stream
        switch try words.text(3) {
        case "o": stream = .standardOutput
        case "e": stream = .standardError
        default: throw ProtocolViolation("there is no such stream")
        }
        guard try words.number(4) == frame.offsets[stream] else {
            throw ProtocolViolation("output from another offset")
        }
        mode = .output(stream)
    }

    /// Whether `event` may come now; takes note of it.
    private mutating func admit(_ event: SupervisorEvent) throws(ProtocolViolation) {
        let frame = try head()
        let fits =
            switch (frame.expectation, event) {
            case (.script, .started), (.script, .attached), (.script, .notStarted), (.script, .mismatch),
                (.script, .busy),
                (.script, .nothing):
                !frame.hasStarted
            case (_, .alive): true
            case (.script, .ended): frame.hasStarted
            case (.answer, .done), (.answer, .busy), (.answer, .fired), (.answer, .nothing), (.answer, .notStarted):
                true
            default: false
            }
        guard fits else { throw ProtocolViolation("an event out of order") }
        switch event {
        case .started, .attached: frames[0].hasStarted = true
        default: if event.isLast { frames.removeFirst() }
        }
    }
}

/// The node said something that the protocol does not allow: nothing it says can be trusted any more.
struct ProtocolViolation: Error, Sendable, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}

extension OutputOffsets {
    /// Bytes of one stream.
    subscript(stream: OutputChunk.Stream) -> Int {
        get { stream == .standardOutput ? standardOutput : standardError }
        set { if stream == .standardOutput { standardOutput = newValue } else { standardError = newValue } }
    }
}
