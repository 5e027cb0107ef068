/// Why an expression can't be read, or yields nothing.
package struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        case syntax, unknownName = "unknown_name", wrongType = "wrong_type", noValue = "no_value", secret, tainted
        case pattern
    }

    package var code: Code
    /// What is wrong, without a full stop.
    package var message: String
    /// The mend.
    package var hint: String?
    /// Where in the expression's text, in characters from 0, where that is known.
    package var offset: Int?
    /// The word of the expression that is wrong, to find its place by.
    package var word: String?

    package init(_ code: Code, _ message: String, hint: String? = nil, offset: Int? = nil, word: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
        self.word = word
    }

    package var description: String {
        guard let hint else { return message }
        return "\(message) (\(hint))"
    }
}
