/// How many columns a text takes on a terminal: two for East Asian wide characters and emoji, none for combining marks.
package enum TerminalWidth {
    /// The columns of `text`, which holds no control characters.
    package static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + columns($1) }
    }

    /// `text` where it fits into so many columns, else as much of it as does before an ellipsis.
    package static func clipped(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        var clipped = ""
        var width = 1
        for character in text {
            width += of(String(character))
            guard width <= columns else { break }
            clipped.append(character)
        }
        return clipped + "…"
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
