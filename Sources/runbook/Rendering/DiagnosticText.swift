import Model

/// A diagnostic as compilers print it: place, severity, message and mend, then the line with a caret.
struct DiagnosticText {
    let lines: [String]

    init(_ diagnostic: Diagnostic) {
        let hint = diagnostic.hint.map { " (\($0))" } ?? ""
        var lines = [
            SafeText("\(diagnostic.position): \(diagnostic.severity.rawValue): \(diagnostic.message)\(hint)").singleLine
        ]
        if let source = diagnostic.sourceLine {
            lines.append("    " + SafeText(source).singleLine)
            let before = source.prefix(max(0, diagnostic.position.column - 1))
            lines.append("    " + String(repeating: " ", count: Table.width(SafeText(String(before)).singleLine)) + "^")
        }
        self.lines = lines
    }
}
