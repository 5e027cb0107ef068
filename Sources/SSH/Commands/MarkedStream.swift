import Glibc

/// Takes the bytes between two marks out of a stream that arrives in pieces. Pure.
struct MarkedStream: Sendable {
    private enum State { case before, inside, ended }

    private let begin: [UInt8]
    private let end: [UInt8]
    private let endsWithCode: Bool
    private var state = State.before
    /// Bytes that may be the start of a mark.
    private var held: [UInt8] = []
    /// The number in the last mark, if it has one.
    private(set) var code: Int32?

    var hasBegun: Bool { state != .before }
    var hasEnded: Bool { state == .ended }

    init(begin: String, end: String, endsWithCode: Bool) {
        self.begin = Array(begin.utf8)
        self.end = Array(end.utf8)
        self.endsWithCode = endsWithCode
    }

    /// Returns the bytes between the marks that are now certain.
    mutating func append(_ bytes: [UInt8]) -> [UInt8] {
        guard state != .ended else { return [] }
        held += bytes
        if state == .before {
            guard let start = held.firstOccurrence(of: begin) else {
                held = Array(held.suffix(begin.count - 1))
                return []
            }
            held.removeSubrange(..<start.upperBound)
            state = .inside
        }
        if let mark = held.firstOccurrence(of: end) {
            guard let line = held[mark.upperBound...].firstIndex(of: UInt8(ascii: "\n")) else {
                // The mark's line is not complete. Its code has few digits.
                defer { held.removeSubrange(..<mark.lowerBound) }
                return Array(held[..<mark.lowerBound])
            }
            let output = Array(held[..<mark.lowerBound])
            if endsWithCode { code = Int32(String(decoding: held[mark.upperBound..<line].dropFirst(), as: UTF8.self)) }
            held = []
            state = .ended
            return output
        }
        let safe = held.count - longestMarkStart
        guard safe > 0 else { return [] }
        defer { held.removeFirst(safe) }
        return Array(held[..<safe])
    }

    /// What is left when the stream ends without the last mark.
    mutating func finish() -> [UInt8] {
        guard state == .inside else { return [] }
        defer { held = [] }
        return held
    }

    /// How many of the last bytes could be the start of the end mark.
    private var longestMarkStart: Int {
        var length = min(end.count - 1, held.count)
        while length > 0, !held.suffix(length).elementsEqual(end.prefix(length)) { length -= 1 }
        return length
    }
}

extension [UInt8] {
    /// Where the other bytes are found first. By the C library, because gigabytes of output are searched.
    fileprivate func firstOccurrence(of other: [UInt8]) -> Range<Int>? {
        guard let first = other.first else { return nil }
        return withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var start = 0
            while start + other.count <= bytes.count,
                let found = memchr(base + start, CInt(first), bytes.count - start - other.count + 1)
            {
                let offset = UnsafeRawPointer(found) - base
                if memcmp(found, other, other.count) == 0 { return offset..<offset + other.count }
                start = offset + 1
            }
            return nil
        }
    }
}
