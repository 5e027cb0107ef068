/// What a pattern says, before it is compiled.
indirect enum PatternNode: Sendable, Hashable {
    case set(ScalarSet)
    /// `.`, which depends on `(?s)`.
    case any
    case assertion(PatternAssertion)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `maximum` nil: without end.
    case repeated(PatternNode, minimum: Int, maximum: Int?)
}

/// A place that a pattern demands, without taking a character.
enum PatternAssertion: Sendable, Hashable {
    case lineStart, lineEnd, textStart, textEnd, wordEdge, noWordEdge
}

/// Flags from `(?ims)` at the beginning.
struct PatternFlags: Sendable, Hashable {
    var ignoresCase = false
    var isMultiline = false
    var dotMatchesNewline = false
}

/// Recursive descent over a pattern's text.
struct PatternParser {
    static let maximumLength = 4096
    static let maximumDepth = 64
    static let maximumRepeat = 1000

    private(set) var flags = PatternFlags()
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(ExpressionError) -> PatternNode {
        if scalars.count > Self.maximumLength {
            throw ExpressionError(.pattern, "the pattern is longer than \(Self.maximumLength) characters")
        }
        try parseFlags()
        let node = try alternatives()
        guard index == scalars.count else { throw error("')' closes nothing") }
        return node
    }

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private func follows(_ text: String) -> Bool { scalars[index...].starts(with: text.unicodeScalars) }

    private func error(_ message: String, hint: String? = nil) -> ExpressionError {
        ExpressionError(.pattern, "\(message) in the pattern, at character \(index + 1)", hint: hint)
    }

    private static let linearHint = "patterns run in linear time; say it with plain groups, classes and repeats"

    private mutating func parseFlags() throws(ExpressionError) {
        guard follows("(?"), let end = scalars.firstIndex(of: ")"), end > 2,
            scalars[2..<end].allSatisfy({ $0.properties.isAlphabetic })
        else { return }
        for scalar in scalars[2..<end] {
            switch scalar {
            case "i": flags.ignoresCase = true
            case "m": flags.isMultiline = true
            case "s": flags.dotMatchesNewline = true
            default: throw error("unknown flag '\(scalar)'", hint: "there are (?i), (?m), (?s)")
            }
        }
        index = end + 1
    }

    private mutating func alternatives() throws(ExpressionError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw error("groups nested more than \(Self.maximumDepth) deep") }
        var branches = [try sequence()]
        while current == "|" {
            index += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(ExpressionError) -> PatternNode {
        var items: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            items.append(try repeated(try atom()))
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func repeated(_ atom: PatternNode) throws(ExpressionError) -> PatternNode {
        guard let (minimum, maximum) = try quantifier() else { return atom }
        if case .assertion = atom { throw error("a repeat of a place") }
        if current == "?" {
            // Whether it takes much or little first makes no difference to whether it fits.
            index += 1
        } else if current == "+" {
            throw error("possessive repeats are not supported", hint: Self.linearHint)
        }
        if try quantifier() != nil { throw error("a repeat of a repeat", hint: "put the inner one in a group") }
        return .repeated(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(ExpressionError) -> (Int, Int?)? {
        switch current {
        case "*":
            index += 1
            return (0, nil)
        case "+":
            index += 1
            return (1, nil)
        case "?":
            index += 1
            return (0, 1)
        case "{": return try counted()
        default: return nil
        }
    }

    /// `{3}`, `{3,}`, `{3,5}`, `{,5}`; other braces stand for themselves.
    private mutating func counted() throws(ExpressionError) -> (Int, Int?)? {
        guard let end = scalars[index...].firstIndex(of: "}") else { return nil }
        let inside = String(String.UnicodeScalarView(scalars[(index + 1)..<end]))
        let parts = inside.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard inside != "", inside != ",",
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let minimum = parts[0].isEmpty ? 0 : Int(parts[0]) ?? .max
        let maximum = parts.count == 1 ? minimum : parts[1].isEmpty ? nil : Int(parts[1]) ?? .max
        if max(minimum, maximum ?? 0) > Self.maximumRepeat {
            throw error("a repeat of more than \(Self.maximumRepeat) times")
        }
        if let maximum, maximum < minimum { throw error("a repeat from \(minimum) to \(maximum) times") }
        index = end + 1
        return (minimum, maximum)
    }

    private mutating func atom() throws(ExpressionError) -> PatternNode {
        guard let scalar = current else { return .sequence([]) }
        switch scalar {
        case "(": return try group()
        case "[":
            var parser = PatternClassParser(scalars: scalars, index: index)
            defer { index = parser.index }
            return .set(try parser.parse())
        case "*", "+", "?": throw error("'\(scalar)' repeats nothing", hint: "write '\\\(scalar)' for the character")
        case ".":
            index += 1
            return .any
        case "^":
            index += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            index += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        default:
            index += 1
            return .set(ScalarSet(scalar))
        }
    }

    private mutating func group() throws(ExpressionError) -> PatternNode {
        index += 1
        if current == "?" {
            if follows("?:") {
                index += 2
            } else if follows("?<=") || follows("?<!") || follows("?=") || follows("?!") {
                throw error("looking ahead or behind is not supported", hint: Self.linearHint)
            } else if follows("?<") || follows("?P<"), let end = scalars[index...].firstIndex(of: ">") {
                index = end + 1
            } else {
                throw error(
                    "this kind of group is not supported",
                    hint: "there are (…), (?:…), (?<name>…), and (?ims) at the beginning")
            }
        }
        let inner = try alternatives()
        guard current == ")" else { throw error("'(' is not closed") }
        index += 1
        return inner
    }

    private mutating func escape() throws(ExpressionError) -> PatternNode {
        guard index + 1 < scalars.count else { throw error("'\\' at the end") }
        switch scalars[index + 1] {
        case "b": return assertion(.wordEdge)
        case "B": return assertion(.noWordEdge)
        case "A": return assertion(.textStart)
        case "z", "Z": return assertion(.textEnd)
        case "1"..."9", "k":
            throw error("a reference back to a group is not supported", hint: Self.linearHint)
        default:
            var parser = PatternClassParser(scalars: scalars, index: index)
            defer { index = parser.index }
            return .set(try parser.escape())
        }
    }

    private mutating func assertion(_ assertion: PatternAssertion) -> PatternNode {
        index += 2
        return .assertion(assertion)
    }
}
