extension Value {
    /// As JSON without white space, keys sorted; durations in seconds, sizes in bytes. Throws for a secret.
    package func jsonText() throws(ExpressionError) -> String {
        switch self {
        case .null: return "null"
        case .bool, .int: return displayText
        case .float(let value): return value.isFinite ? NumberText.of(value) : "null"
        case .string(let text): return JSONText.quote(text)
        case .duration(let value): return value.secondsText
        case .size(let value): return String(value)
        case .percent(let value): return NumberText.of(value)
        case .list(let items):
            var parts: [String] = []
            for item in items { parts.append(try item.jsonText()) }
            return "[" + parts.joined(separator: ",") + "]"
        case .map(let entries):
            var parts: [String] = []
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                parts.append(JSONText.quote(key) + ":" + (try value.jsonText()))
            }
            return "{" + parts.joined(separator: ",") + "}"
        case .secret: throw Self.secretError
        }
    }
}

/// Text inside JSON.
package enum JSONText {
    /// `text` in quotes, control characters escaped.
    package static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
