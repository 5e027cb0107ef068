/// Reads `[…]` and escapes that stand for characters.
struct PatternClassParser {
    let scalars: [Unicode.Scalar]
    var index: Int

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private func error(_ message: String, hint: String? = nil) -> ExpressionError {
        ExpressionError(.pattern, "\(message) in the pattern, at character \(index + 1)", hint: hint)
    }

    /// From `[` on.
    mutating func parse() throws(ExpressionError) -> ScalarSet {
        let start = index
        index += 1
        var isInverted = false
        if current == "^" {
            isInverted = true
            index += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = current, scalar != "]" || isFirst {
            isFirst = false
            let lower = try item()
            guard current == "-", index + 1 < scalars.count, scalars[index + 1] != "]",
                let low = lower.single
            else {
                ranges += lower.ranges
                continue
            }
            index += 1
            guard let high = try item().single, low <= high else {
                throw error("a range that ends before it begins", hint: "put '-' last for the character itself")
            }
            ranges.append(low...high)
        }
        guard current == "]" else {
            index = start
            throw error("'[' is not closed")
        }
        index += 1
        let set = ScalarSet(ranges)
        return isInverted ? set.inverted : set
    }

    private mutating func item() throws(ExpressionError) -> ScalarSet {
        guard let scalar = current else { throw error("'[' is not closed") }
        if scalar == "\\" {
            if index + 1 < scalars.count, scalars[index + 1] == "b" {
                index += 2
                return ScalarSet("\u{8}")
            }
            return try escape()
        }
        if scalar == "[", index + 1 < scalars.count, scalars[index + 1] == ":",
            let end = scalars[index...].firstIndex(of: "]"), end > index + 2, scalars[end - 1] == ":"
        {
            let name = String(String.UnicodeScalarView(scalars[(index + 2)..<(end - 1)]))
            guard let set = ScalarSet.named(name) else { throw error("unknown class [:\(name):]") }
            index = end + 1
            return set
        }
        index += 1
        return ScalarSet(scalar)
    }

    /// From `\` on.
    mutating func escape() throws(ExpressionError) -> ScalarSet {
        guard index + 1 < scalars.count else { throw error("'\\' at the end") }
        let scalar = scalars[index + 1]
        switch scalar {
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        default: break
        }
        let set: ScalarSet
        switch scalar {
        case "d": set = .digits
        case "D": set = ScalarSet.digits.inverted
        case "w": set = .word
        case "W": set = ScalarSet.word.inverted
        case "s": set = .space
        case "S": set = ScalarSet.space.inverted
        case "h": set = .blank
        case "H": set = ScalarSet.blank.inverted
        case "n": set = ScalarSet("\n")
        case "r": set = ScalarSet("\r")
        case "t": set = ScalarSet("\t")
        case "f": set = ScalarSet("\u{C}")
        case "v": set = ScalarSet("\u{B}")
        case "a": set = ScalarSet("\u{7}")
        case "e": set = ScalarSet("\u{1B}")
        case "0": set = ScalarSet("\0")
        case _ where scalar.properties.isAlphabetic || scalar.properties.numericType != nil:
            throw error(
                "'\\\(scalar)' is not supported", hint: "there are \\d \\w \\s \\h \\b \\n \\t \\xHH and quoted signs")
        default: set = ScalarSet(scalar)
        }
        index += 2
        return set
    }

    private mutating func hexadecimal(digits: Int) throws(ExpressionError) -> ScalarSet {
        var start = index + 2
        var end = start + digits
        var next = end
        if start < scalars.count, scalars[start] == "{", let close = scalars[start...].firstIndex(of: "}") {
            start += 1
            end = close
            next = close + 1
        }
        guard end <= scalars.count, start < end,
            let value = UInt32(String(String.UnicodeScalarView(scalars[start..<end])), radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw error("a character code that is none") }
        index = next
        return ScalarSet(scalar)
    }
}

extension ScalarSet {
    /// Its only scalar, where it has one.
    var single: UInt32? {
        guard ranges.count == 1, ranges[0].lowerBound == ranges[0].upperBound else { return nil }
        return ranges[0].lowerBound
    }
}
