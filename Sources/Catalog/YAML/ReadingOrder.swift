import Model

/// Finds what turns the reading order of a text round: who reviews the text sees another than the one that is carried
/// out (<https://www.unicode.org/reports/tr55/>). Letters that are written from right to left do not.
enum ReadingOrder {
    /// What is wrong with `text`, at its first place in `source`; nil where it is read as it stands.
    static func fault(in text: String, of source: @autoclosure () -> SourceText) -> Diagnostic? {
        let scalars = text.unicodeScalars
        guard let index = scalars.firstIndex(where: turnsRound) else { return nil }
        let before = scalars[..<index]
        let mark = YAMLMark(
            line: before.count { $0 == "\n" }, column: before.reversed().prefix { $0 != "\n" }.count)
        let source = source()
        let digits = String(scalars[index].value, radix: 16, uppercase: true)
        let code = String(repeating: "0", count: 4 - digits.count) + digits
        return Diagnostic(
            .error, at: source.position(mark), "U+\(code) has the text read in another order than it stands",
            hint: "delete it, or write \\u\(code) in double quotes where it is meant", sourceLine: source.line(mark))
    }

    /// Marks, embeddings, overrides and isolates: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
    private static func turnsRound(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
