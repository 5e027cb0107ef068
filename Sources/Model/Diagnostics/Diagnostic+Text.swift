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
        return String(repeating: " ", count: TerminalWidth.of(before))
    }
}

extension DiagnosticsError: CustomStringConvertible {
    /// Every problem with its line and caret, and how many there are.
    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }

    /// Whether anything but warnings is in it.
    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
