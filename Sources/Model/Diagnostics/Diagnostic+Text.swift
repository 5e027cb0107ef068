extension Diagnostic: CustomStringConvertible {
    /// One line: `Runbooks/x.yaml:12:9: error: unknown key 'retires' in step 'drain' (did you mean 'retries'?)`.
    package var headline: String {
        let mend = hint.map { " (\($0))" } ?? ""
        return SafeText("\(position): \(severity.rawValue): \(message)\(mend)").singleLine
    }

    /// The headline, the line of the file, and a caret below the place.
    package var description: String {
        guard let sourceLine else { return headline }
        let number = String(position.line)
        let gutter = String(repeating: " ", count: number.count)
        return """
            \(headline)
             \(number) | \(SafeText(sourceLine).singleLine)
             \(gutter) | \(indentation(of: sourceLine))^
            """
    }

    /// Blanks as wide as what stands before the place, as it is shown.
    private func indentation(of line: String) -> String {
        let before = SafeText(String(line.prefix(max(0, position.column - 1)))).singleLine
        return String(repeating: " ", count: before.unicodeScalars.reduce(0) { $0 + Self.width($1) })
    }

    /// Columns that a terminal needs: 2 for East Asian wide characters and emoji, 0 for combining marks.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
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

extension DiagnosticsError: CustomStringConvertible {
    /// Every problem with its line and caret, and how many there are.
    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }

    /// Whether anything but warnings is in it.
    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
