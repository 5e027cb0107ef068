/// A word of an expression and where it begins.
struct ExpressionToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case name(String)
        case literal(Value)
        /// An operator or a bracket.
        case symbol(String)
        case end
    }

    var kind: Kind
    /// In characters from 0.
    var offset: Int

    /// As a person would name it in a message.
    var description: String {
        switch kind {
        case .name(let name): "'\(name)'"
        case .literal(.string(let text)): "'\(text)'"
        case .literal(let value): "'\(value.displayText)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}

/// Cuts an expression's text into tokens.
struct ExpressionLexer {
    /// Longer expressions are refused: they belong into a script.
    static let maximumLength = 4096

    private let characters: [Character]
    private var index = 0

    init(_ text: String) throws(ExpressionError) {
        characters = Array(text)
        if characters.count > Self.maximumLength {
            throw ExpressionError(.syntax, "the expression is longer than \(Self.maximumLength) characters")
        }
    }

    mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
        var found: [ExpressionToken] = []
        while true {
            while index < characters.count, characters[index].isWhitespace { index += 1 }
            let start = index
            let kind = try next(after: found.last)
            found.append(ExpressionToken(kind: kind, offset: start))
            if kind == .end { return found }
        }
    }

    private mutating func next(after previous: ExpressionToken?) throws(ExpressionError) -> ExpressionToken.Kind {
        guard index < characters.count else { return .end }
        let character = characters[index]
        if character == "'" || character == "\"" { return try string(quote: character) }
        if isDigit(character) || (character == "-" && index + 1 < characters.count && isDigit(characters[index + 1])) {
            return try number()
        }
        if isLetter(character) { return name(isMember: previous?.kind == .symbol(".")) }
        return try symbol()
    }

    private mutating func string(quote: Character) throws(ExpressionError) -> ExpressionToken.Kind {
        let start = index
        index += 1
        var text = ""
        while index < characters.count {
            let character = characters[index]
            index += 1
            if character == quote {
                // A doubled quote is the quote itself, as in YAML.
                guard index < characters.count, characters[index] == quote else { return .literal(.string(text)) }
                index += 1
            }
            text.append(character)
        }
        throw ExpressionError(.syntax, "a text that begins with \(quote) does not end", offset: start)
    }

    private mutating func number() throws(ExpressionError) -> ExpressionToken.Kind {
        let start = index
        index += 1
        while index < characters.count,
            isDigit(characters[index]) || isLetter(characters[index])
                || characters[index] == "." || characters[index] == "%"
        {
            index += 1
        }
        let text = String(characters[start..<index])
        if let value = Int(text) { return .literal(.int(value)) }
        if let value = Double(text), value.isFinite, text.allSatisfy({ "0123456789.eE+-".contains($0) }) {
            return .literal(.float(value))
        }
        if let value = Duration(parsing: text) { return .literal(.duration(value)) }
        if let value = ByteCount.parse(text) { return .literal(.size(value)) }
        if let value = Percentage.parse(text) { return .literal(.percent(value)) }
        throw ExpressionError(
            .syntax, "'\(text)' is no number, duration, size or percentage",
            hint: "put it in quotes if it is text", offset: start)
    }

    private mutating func name(isMember: Bool) -> ExpressionToken.Kind {
        let start = index
        while index < characters.count,
            isLetter(characters[index]) || isDigit(characters[index]) || (isMember && characters[index] == "-")
        {
            index += 1
        }
        let name = String(characters[start..<index])
        if isMember { return .name(name) }
        switch name {
        case "true": return .literal(.bool(true))
        case "false": return .literal(.bool(false))
        case "null": return .literal(.null)
        default: return .name(name)
        }
    }

    private static let symbols = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ".", ","]
    private static let mends = [
        "=": "compare with '=='", "&": "write '&&'", "|": "write '||'", "$": "write the name alone, as in params.name",
        "+": "expressions do not calculate", "-": "expressions do not calculate", "*": "expressions do not calculate",
        "/": "expressions do not calculate", "~": "use matches(text, 'pattern')",
    ]

    private mutating func symbol() throws(ExpressionError) -> ExpressionToken.Kind {
        for symbol in Self.symbols where characters[index...].starts(with: symbol) {
            index += symbol.count
            return .symbol(symbol)
        }
        let character = String(characters[index])
        throw ExpressionError(
            .syntax, "'\(character)' has no meaning in an expression", hint: Self.mends[character], offset: index)
    }

    private func isLetter(_ character: Character) -> Bool {
        character == "_" || (character.isASCII && character.isLetter)
    }

    private func isDigit(_ character: Character) -> Bool { character.isASCII && character.isWholeNumber }
}
