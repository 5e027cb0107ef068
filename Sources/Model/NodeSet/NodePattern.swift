/// A node's name without its numbers: `rack%n%` for `rack1n07`.
///
/// Patterns sort as ClusterShell's do, whose `%s` comes before all that a name may hold, too. A run of more than
/// `NodeIndex.maximumDigits` digits is text, not a number.
struct NodePattern: Hashable, Comparable, Sendable {
    /// `%` for each number; or, after a quotation mark, text that is no name of a node, as it is.
    let key: String

    init(key: String) {
        self.key = key
    }

    /// Takes a name apart.
    /// - Parameter codes: the codes of its numbers are appended to these.
    init(of name: String, codes: inout [Int]) {
        guard NodeAlphabet.nodes.isName(name.utf8) || NodeAlphabet.addresses.isName(name.utf8) else {
            key = "\"" + name
            return
        }
        var builder = PatternBuilder()
        builder.append(name.utf8) { codes.append($0.code) }
        key = builder.key
    }

    /// Whether it is a string that is no name of a node.
    var isForeign: Bool { key.utf8.first == UInt8(ascii: "\"") }

    /// The text before, between and after the numbers.
    var pieces: [String] {
        if isForeign { return [String(key.dropFirst())] }
        return key.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
    }

    /// The name with these numbers.
    func name(_ codes: [Int]) -> String {
        let pieces = pieces
        return zip(pieces, codes).reduce("") { $0 + $1.0 + NodeIndex(code: $1.1).text } + (pieces.last ?? "")
    }

    /// The text for a box: a foreign name in quotes, so that it is never taken for something else.
    func folded(_ box: IndexBox) -> String {
        if isForeign { return String(key.dropFirst()).debugDescription }
        var text = ""
        for (place, piece) in pieces.enumerated() {
            text += piece
            guard place < box.axes.count else { continue }
            let axis = box.axes[place]
            text += axis.count > 1 ? "[" + axis.folded + "]" : axis.folded
        }
        return text
    }

    static func < (left: NodePattern, right: NodePattern) -> Bool {
        left.key < right.key
    }
}

/// Writes a pattern's key while telling its numbers from its text.
struct PatternBuilder {
    private var bytes: [UInt8] = []

    var key: String { String(decoding: bytes, as: UTF8.self) }

    /// Marks the place of a number.
    mutating func appendNumber() {
        bytes.append(UInt8(ascii: "%"))
    }

    /// Appends text, with the numbers in it taken out.
    mutating func append(_ text: some Sequence<UInt8>, number: (NodeIndex) -> Void) {
        var value = 0
        var digits = 0
        for byte in text {
            if byte.isDigit {
                bytes.append(byte)
                digits += 1
                if digits <= NodeIndex.maximumDigits { value = value * 10 + Int(byte - UInt8(ascii: "0")) }
            } else {
                take(value, digits, number)
                value = 0
                digits = 0
                bytes.append(byte)
            }
        }
        take(value, digits, number)
    }

    private mutating func take(_ value: Int, _ digits: Int, _ number: (NodeIndex) -> Void) {
        guard (1...NodeIndex.maximumDigits).contains(digits) else { return }
        bytes.removeLast(digits)
        appendNumber()
        number(NodeIndex(value: value, digits: digits))
    }
}
