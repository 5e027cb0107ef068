/// The functions of the expression language.
enum FunctionLibrary {
    static func contains(_ whole: Value, _ part: Value) throws(ExpressionError) -> Value {
        switch whole {
        case .null: return .bool(false)
        case .list(let items): return .bool(items.contains { Comparison.areEqual($0, part) })
        case .string(let text): return .bool(text.contains(literally: try string(part, of: "contains")))
        default: throw wrong("contains", whole)
        }
    }

    static func startsWith(_ text: Value, _ beginning: Value) throws(ExpressionError) -> Value {
        let text = try string(text, of: "starts_with")
        let beginning = try string(beginning, of: "starts_with")
        return .bool(text.unicodeScalars.starts(with: beginning.unicodeScalars))
    }

    static func endsWith(_ text: Value, _ end: Value) throws(ExpressionError) -> Value {
        let text = try string(text, of: "ends_with")
        let end = try string(end, of: "ends_with")
        return .bool(text.unicodeScalars.reversed().starts(with: end.unicodeScalars.reversed()))
    }

    /// Unknown for a text of which too little is searched.
    static func matches(_ text: Value, _ pattern: Value) throws(ExpressionError) -> Truth {
        let text = try string(text, of: "matches")
        return try Pattern(try string(pattern, of: "matches")).isFound(in: text)
    }

    static func versionCompare(_ left: Value, _ right: Value) throws(ExpressionError) -> Value {
        .int(
            VersionOrder.compare(
                try version(left, of: "version_compare"), try version(right, of: "version_compare")))
    }

    /// One of the parts between a version's dots, counted from 1.
    static func versionPart(_ whole: Value, _ number: Value) throws(ExpressionError) -> Value {
        let text = try version(whole, of: "version_part")
        guard case .int(let number) = number else { throw wrong("version_part", number) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard number >= 1, number <= parts.count, !parts[Int(number) - 1].isEmpty else {
            throw ExpressionError(.wrongType, "version '\(text)' has no part \(number)", word: "version_part")
        }
        return .string(String(parts[Int(number) - 1]))
    }

    static func length(_ value: Value) throws(ExpressionError) -> Int {
        switch value {
        case .null: return 0
        case .string(let text): return text.unicodeScalars.count
        case .list(let items): return items.count
        case .map(let entries): return entries.count
        default: throw wrong("length", value)
        }
    }

    /// A version written without quotes was read as a number.
    private static func version(_ value: Value, of function: String) throws(ExpressionError) -> String {
        switch value {
        case .int, .float: return value.displayText
        default: return try string(value, of: function).trimmingWhitespace
        }
    }

    private static func string(_ value: Value, of function: String) throws(ExpressionError) -> String {
        guard case .string(let text) = value else { throw wrong(function, value) }
        return text
    }

    private static func wrong(_ function: String, _ value: Value) -> ExpressionError {
        if case .secret = value { return Value.secretError }
        return ExpressionError(
            .wrongType, "\(function) can't take \(value.typeName == "null" ? "a missing value" : value.typeName)",
            hint: value == .null ? Template.defaultHint : nil, word: function)
    }
}

extension String {
    /// Without white space at both ends.
    package var trimmingWhitespace: String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[start...end])
    }

    /// Whether `part` is in it, scalar by scalar: an accent that follows does not hide a letter. Linear in practice:
    /// by bytes, with the first byte sought first.
    package func contains(literally part: String) -> Bool {
        let text = Array(utf8)
        let part = Array(part.utf8)
        guard let first = part.first else { return true }
        guard text.count >= part.count else { return false }
        for start in 0...(text.count - part.count)
        where text[start] == first && text[start..<(start + part.count)].elementsEqual(part) {
            return true
        }
        return false
    }
}
