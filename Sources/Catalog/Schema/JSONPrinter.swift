import Model

/// JSON for people to read: two blanks a level, keys sorted.
enum JSONPrinter {
    static func text(_ value: Value, indentation: String = "") -> String {
        let inner = indentation + "  "
        switch value {
        case .list(let items):
            guard !items.isEmpty else { return "[]" }
            let lines = items.map { inner + text($0, indentation: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indentation + "]"
        case .map(let entries):
            guard !entries.isEmpty else { return "{}" }
            let lines = entries.sorted { $0.key < $1.key }.map { key, value in
                inner + JSONText.quote(key) + ": " + text(value, indentation: inner)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
        case .string(let text): return JSONText.quote(text)
        default: return value.displayText
        }
    }
}
