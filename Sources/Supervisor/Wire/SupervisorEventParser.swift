/// Reads the supervisor's standard output: lines that begin with the session's word, and counted bytes after `DATA`.
///
/// Before the first such line anything may stand there, as a login shell prints it. After it nothing else may.
struct SupervisorEventParser {
    private enum State {
        case waiting
        case lines
        case data(id: String, stream: Character, offset: Int, left: Int)
    }

    /// The longest line that is taken for one, in bytes.
    private static let lineLimit = 4096

    private let prefix: [UInt8]
    private var state = State.waiting
    private var pending: [UInt8] = []
    private var position = 0

    init(session: String) { prefix = Array("RB2 \(session) ".utf8) }

    /// The events in `bytes` and in what was left over before.
    /// - Throws: `ProtocolViolation` at the first thing that may not be there.
    mutating func feed(_ bytes: [UInt8]) throws(ProtocolViolation) -> [SupervisorEvent] {
        if position == pending.count {
            pending = bytes
        } else {
            pending = Array(pending[position...]) + bytes
        }
        position = 0
        var events: [SupervisorEvent] = []
        while let event = try next() { events.append(event) }
        return events
    }

    private mutating func next() throws(ProtocolViolation) -> SupervisorEvent? {
        while true {
            switch state {
            case .data(let id, let stream, let offset, let left):
                if left == 0 {
                    state = .lines
                    continue
                }
                let count = min(left, pending.count - position)
                guard count > 0 else { return nil }
                let piece = Array(pending[position..<position + count])
                position += count
                state = .data(id: id, stream: stream, offset: offset + count, left: left - count)
                return .data(id: id, stream: stream, offset: offset, bytes: piece)
            case .waiting, .lines:
                guard let line = try line() else { return nil }
                guard line.starts(with: prefix) else {
                    if case .lines = state {
                        throw ProtocolViolation("something else than the supervisor wrote into its channel")
                    }
                    if line == Array("RB2 READY".utf8) { return .ready }
                    continue
                }
                if let event = try event(String(decoding: line.dropFirst(prefix.count), as: UTF8.self)) { return event }
            }
        }
    }

    private mutating func line() throws(ProtocolViolation) -> [UInt8]? {
        guard let end = pending[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            if pending.count - position > Self.lineLimit {
                guard case .waiting = state else { throw ProtocolViolation("a line has no end") }
                position = pending.count
            }
            return nil
        }
        let line = Array(pending[position..<end])
        position = end + 1
        return line
    }

    /// Nil for the header of data, which begins them.
    private mutating func event(_ text: String) throws(ProtocolViolation) -> SupervisorEvent? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        func word(_ index: Int) throws(ProtocolViolation) -> String {
            guard index < words.count else { throw ProtocolViolation("'\(words[0])' lacks a word") }
            return words[index]
        }
        func number(_ index: Int) throws(ProtocolViolation) -> Int {
            guard let number = Int(try word(index)), number >= 0 else {
                throw ProtocolViolation("'\(words[0])' lacks a number")
            }
            return number
        }
        if case .waiting = state, words[0] != "HELLO", words[0] != "FATAL" {
            throw ProtocolViolation("'\(words[0])' came before the greeting")
        }
        state = .lines
        switch words[0] {
        case "HELLO": return .hello(Array(words.dropFirst()))
        case "START": return .start(id: try word(1), sandbox: try word(2) != "-")
        case "ATTACH": return .attach(id: try word(1))
        case "DATA":
            let stream = try word(2)
            guard stream == "o" || stream == "e" else { throw ProtocolViolation("there is no stream '\(stream)'") }
            state = .data(id: try word(1), stream: Character(stream), offset: try number(3), left: try number(4))
            return nil
        case "END":
            return .end(
                id: try word(1), status: try word(2), why: try word(3), standardOutput: try number(4),
                standardError: try number(5))
        case "NOSTART": return .notStarted(id: try word(1))
        case "LOST": return .lost(id: try word(1))
        case "MISMATCH": return .mismatch(id: try word(1))
        case "REFUSED": return .refused(id: try word(1), why: try word(2))
        case "BUSY": return .busy(holder: try word(1))
        case "LEASED": return .leased
        case "DONE": return .done(id: try word(1))
        case "ARMED": return .armed(id: try word(1))
        case "DISARMED": return .disarmed(id: try word(1))
        case "FIRED": return .fired(id: try word(1))
        case "UNARMED": return .unarmed(id: try word(1))
        case "FATAL": return .fatal(kind: try word(1), text: words.dropFirst(2).joined(separator: " "))
        default: throw ProtocolViolation("there is no event '\(words[0].prefix(20))'")
        }
    }
}

/// The node said something that the protocol does not allow: nothing it says can be trusted any more.
struct ProtocolViolation: Error, Sendable, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}
