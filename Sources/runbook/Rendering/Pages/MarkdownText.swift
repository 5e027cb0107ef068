import Model

/// Text from files, made harmless for Markdown.
enum MarkdownText {
    /// In running text.
    static func line(_ text: String) -> String {
        var escaped = ""
        for character in SafeText(text).singleLine {
            if "\\<>[]*_".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// In a table.
    static func cell(_ text: String) -> String { line(text).replacing("|", with: "\\|") }

    /// Text that came in code's clothes: what would end them is taken out.
    static func code(_ text: String) -> String { "`\(SafeText(text).singleLine.replacing("`", with: "'"))`" }
}
