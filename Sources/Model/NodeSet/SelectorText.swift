/// The text of a selector, cut into operands, and these into names.
struct SelectorText {
    /// What stands between operators, without blanks around it.
    struct Operand {
        var start: Int
        /// Behind the last character, blanks left out.
        var contentEnd: Int
        /// Where the next operator is, or the text's end.
        var end: Int
        /// The insides of its brackets.
        var brackets: [Range<Int>] = []

        var range: Range<Int> { start..<contentEnd }
        var isEmpty: Bool { start == contentEnd }

        func dropFirst() -> Operand {
            var rest = self
            rest.start += 1
            return rest
        }
    }

    let bytes: [UInt8]
    private let text: String

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    func error(_ error: NodeSetError, at place: Int) -> NodeSetError {
        error.located(in: text, at: place)
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    static func operation(_ sign: UInt8) -> SetOperation? {
        switch sign {
        case UInt8(ascii: ","): .union
        case UInt8(ascii: "&"): .intersection
        case UInt8(ascii: "!"): .subtraction
        case UInt8(ascii: "^"): .symmetricDifference
        default: nil
        }
    }

    /// The operand that begins here, after blanks. Operators in brackets do not end it.
    func operand(from place: Int) throws(NodeSetError) -> Operand {
        var start = place
        while start < bytes.count, bytes[start].isBlank { start += 1 }
        var operand = Operand(start: start, contentEnd: start, end: start)
        while operand.end < bytes.count, Self.operation(bytes[operand.end]) == nil {
            switch bytes[operand.end] {
            case UInt8(ascii: "]"):
                throw error(.strayBracket, at: operand.end)
            case UInt8(ascii: "["):
                let open = operand.end
                guard let close = bytes[open...].firstIndex(of: UInt8(ascii: "]")) else {
                    throw error(.unclosedBracket, at: open)
                }
                if let inner = bytes[open + 1..<close].firstIndex(of: UInt8(ascii: "[")) {
                    throw error(.strayBracket, at: inner)
                }
                operand.brackets.append(open + 1..<close)
                operand.end = close + 1
            default:
                operand.end += 1
            }
        }
        operand.contentEnd = operand.end
        while operand.contentEnd > start, bytes[operand.contentEnd - 1].isBlank { operand.contentEnd -= 1 }
        return operand
    }

    /// Whether `*` or `?` stands outside the operand's brackets.
    func hasWildcard(_ operand: Operand) -> Bool {
        bytes[operand.range].contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    /// The pattern of an operand's names and the numbers for its places.
    func names(_ operand: Operand, in alphabet: NodeAlphabet) throws(NodeSetError) -> (NodePattern, [IndexRuns]) {
        let outside = operand.brackets.reduce(operand.range.count) { $0 - $1.count }
        if outside > NodeAlphabet.maximumLength { throw error(.nameTooLong, at: operand.start) }
        var pattern = PatternBuilder()
        var axes: [IndexRuns] = []
        var count = 1
        for (place, chunk) in try chunks(operand, in: alphabet).enumerated() {
            pattern.append(bytes[chunk.text]) { axes.append(IndexRuns($0)) }
            guard place < operand.brackets.count else { break }
            pattern.appendNumber()
            let ranges = RangeText(
                source: self,
                inside: operand.brackets[place],
                before: chunk.before,
                after: chunk.after
            )
            let axis = try ranges.runs()
            axes.append(axis)
            let (product, isOverflow) = count.multipliedReportingOverflow(by: axis.count)
            if isOverflow || product > NodeSet.maximumCount { throw error(.tooManyNodes, at: operand.start) }
            count = product
        }
        return (NodePattern(key: pattern.key), axes)
    }

    /// A text between brackets, and the digits around the bracket that follows it.
    private struct Chunk {
        var text: Range<Int>
        var before: Range<Int>
        var after: Range<Int>
    }

    /// The texts before, between and behind the brackets, all characters checked. Digits that touch a bracket go to
    /// it, and if they touch two, to the first.
    private func chunks(_ operand: Operand, in alphabet: NodeAlphabet) throws(NodeSetError) -> [Chunk] {
        var chunks: [Chunk] = []
        var start = operand.start
        var isAfterBracket = false
        for bracket in operand.brackets + [operand.contentEnd + 1..<operand.contentEnd + 1] {
            var text = start..<bracket.lowerBound - 1
            for place in text where !alphabet.holds(bytes[place], isFirst: place == operand.start) {
                let character = string(place..<operand.contentEnd).first
                throw error(.badName(character), at: place)
            }
            let isLast = bracket.lowerBound > operand.contentEnd
            if isAfterBracket {
                let digits = bytes[text].prefix { $0.isDigit }
                chunks[chunks.count - 1].after = digits.startIndex..<digits.endIndex
                text = digits.endIndex..<text.upperBound
                if text.isEmpty && !isLast { throw error(.adjacentBrackets, at: bracket.lowerBound - 1) }
            }
            let digits = isLast ? bytes[text.upperBound..<text.upperBound] : bytes[text].suffix { $0.isDigit }
            chunks.append(
                Chunk(
                    text: text.lowerBound..<digits.startIndex,
                    before: digits.startIndex..<digits.endIndex,
                    after: 0..<0
                )
            )
            start = bracket.upperBound + 1
            isAfterBracket = true
        }
        return chunks
    }
}

extension ArraySlice<UInt8> {
    fileprivate func suffix(while isIncluded: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, isIncluded(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
