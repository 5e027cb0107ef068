/// A regular expression that takes linear time on any text, however hostile: an automaton that never backtracks. Where even
/// that would take long, since the pattern is large and most of it is in play at most characters, it is given up.
///
/// The syntax is that of PCRE without what needs backtracking: classes, `\d \w \s \h`, `[[:alpha:]]`, anchors, `\b`,
/// groups, alternation, counted repeats, non-greedy quantifiers, `(?i)`, `(?m)`, `(?s)` at the beginning. `^` and `$`
/// are the ends of the text, with `(?m)` those of each line.
///
/// Of a text of 64 KiB or more only the beginning is searched: no more is kept of what a script prints. Where it was cut
/// is no end of the text, and none of a line or a word.
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

    /// Whether it fits somewhere in `text`; unknown where it could fit only in what is not searched.
    /// - Throws: `ExpressionError` where it is given up.
    package func isFound(in text: String) throws(ExpressionError) -> Truth {
        var matcher = PatternMatcher(program, isWhole: false)
        let isCut = text.utf8.count >= Self.searchedBytes
        let searched = isCut ? Self.beginning(of: text) : text.unicodeScalars
        guard let truth = matcher.matches(searched, isCut: isCut) else {
            throw ExpressionError(
                .pattern, "the pattern takes too long on this text: \(self.text)",
                hint: "use smaller counts in its repeats")
        }
        return truth
    }

    /// Whether it fits all of `text`; never for a text beyond 64 KiB, or where it is given up.
    package func matches(whole text: String) -> Bool {
        guard text.utf8.count <= Self.searchedBytes else { return false }
        var matcher = PatternMatcher(program, isWhole: true)
        return matcher.matches(text.unicodeScalars) == .yes
    }

    package var description: String { text }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// What is searched of a longer text: without its last character, of which bytes may be missing.
    private static func beginning(of text: String) -> String.UnicodeScalarView {
        var end = text.utf8.index(text.startIndex, offsetBy: searchedBytes - 1)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String.UnicodeScalarView(text.unicodeScalars[..<end])
    }
}
