/// A regular expression that takes linear time on any text, however hostile: an automaton that never backtracks.
///
/// The syntax is that of PCRE without what needs backtracking: classes, `\d \w \s \h`, `[[:alpha:]]`, anchors, `\b`,
/// groups, alternation, counted repeats, non-greedy quantifiers, `(?i)`, `(?m)`, `(?s)` at the beginning. `^` and `$`
/// are the ends of the text, with `(?m)` those of each line. Only the first 64 KiB of a text are searched.
package struct Pattern: Sendable, Hashable, CustomStringConvertible {
    /// How much of a text is searched, in bytes of UTF-8.
    package static let searchedBytes = 65_536

    /// As it was written.
    package let text: String
    private let program: PatternProgram

    /// Compiles `text`. Throws for a syntax error, an unsupported construct, and a pattern too large to compile.
    package init(_ text: String) throws(ExpressionError) {
        self.text = text
        var parser = PatternParser(text)
        let node = try parser.parse()
        program = try PatternProgram(node, flags: parser.flags)
    }

    /// Whether it fits somewhere in `text`.
    package func isFound(in text: String) -> Bool {
        var matcher = PatternMatcher(program, isWhole: false)
        return matcher.matches(Self.searched(text))
    }

    /// Whether it fits all of `text`; never for a text beyond 64 KiB.
    package func matches(whole text: String) -> Bool {
        guard text.utf8.count <= Self.searchedBytes else { return false }
        var matcher = PatternMatcher(program, isWhole: true)
        return matcher.matches(text.unicodeScalars)
    }

    package var description: String { text }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private static func searched(_ text: String) -> String.UnicodeScalarView {
        guard text.utf8.count > searchedBytes else { return text.unicodeScalars }
        return String(decoding: text.utf8.prefix(searchedBytes), as: UTF8.self).unicodeScalars
    }
}
