extension Value {
    /// Its type in a runbook's words.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .string: "string"
        case .duration: "duration"
        case .size: "size"
        case .percent: "percent"
        case .list: "list"
        case .map: "map"
        case .secret: "secret"
        }
    }

    /// For a person, as it would be written in a runbook; a secret is `(secret)`.
    package var displayText: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .float(let value): "\(value)"
        case .string(let value): value
        case .duration(let value): value.text
        case .size(let value): ByteCount.text(value)
        case .percent(let value): Percentage.text(value)
        case .list(let items): "[" + items.map(\.displayText).joined(separator: ", ") + "]"
        case .map(let entries):
            "{"
                + entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.displayText)" }
                .joined(separator: ", ") + "}"
        case .secret: "(secret)"
        }
    }

    /// As a script finds it in its environment: `true` and `false`, a duration in seconds, a size in bytes, a list one
    /// item a line, maps and what is nested as JSON; nil, so unset, for null.
    ///
    /// Throws for a secret, which never goes into an environment, for a list item that holds a newline, and for a NUL.
    package var environmentText: String? {
        get throws(ExpressionError) {
            switch self {
            case .null: return nil
            case .list(let items):
                var lines: [String] = []
                for item in items { lines.append(try item.lineText()) }
                return lines.joined(separator: "\n")
            case .map: return try jsonText()
            default: return try scalarText()
            }
        }
    }

    /// A scalar as a script or a text finds it; a list and a map as JSON.
    func scalarText() throws(ExpressionError) -> String {
        switch self {
        case .string(let text):
            if text.unicodeScalars.contains("\0") {
                throw ExpressionError(.wrongType, "the text holds a NUL character, which no environment can carry")
            }
            return text
        case .duration(let value): return value.secondsText
        case .size(let value): return String(value)
        case .percent(let value): return NumberText.of(value)
        case .list, .map: return try jsonText()
        case .secret: throw Self.secretError
        case .null: throw ExpressionError(.noValue, "it has no value here")
        case .bool, .int, .float: return displayText
        }
    }

    private func lineText() throws(ExpressionError) -> String {
        if case .null = self { return "" }
        let text = try scalarText()
        if text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
            throw ExpressionError(
                .wrongType, "an item of the list holds a newline, so it can't be one line of an environment variable",
                hint: "use a map, or pass it as a file")
        }
        return text
    }

    static let secretError = ExpressionError(
        .secret, "a secret can't be printed or put into text",
        hint: "a script reads it from the file that $NAME_file names")
}
