extension Parameter {
    /// The value that an operator's text gives it. Throws where the text does not fit the type or the limits.
    package func value(parsing text: String) throws(ValueError) -> Value {
        let value = try type.value(parsing: text)
        try check(value)
        return value
    }

    /// `value`, from a file, a variable or an expression, as this parameter's. Throws where it does not fit.
    package func value(converting value: Value) throws(ValueError) -> Value {
        let converted = try type.value(converting: value)
        try check(converted)
        return converted
    }

    /// Holds a value of the right type against `allowed_values`, `min`, `max` and `pattern`; each item of a list.
    package func check(_ value: Value) throws(ValueError) {
        if case .list(let items) = value,
            allowedValues.contains(where: { if case .list = $0 { true } else { false } }) == false
        {
            for item in items { try check(item) }
            return
        }
        if case .map(let entries) = value {
            for entry in entries.values { try check(entry) }
            return
        }
        if !allowedValues.isEmpty, !allowedValues.contains(value) {
            throw ValueError(
                "'\(value.displayText)' is not one of \(allowedValues.map(\.displayText).joined(separator: ", "))")
        }
        if let minimum, Comparison.isLess(value, than: minimum) {
            throw ValueError("\(value.displayText) is less than \(minimum.displayText)")
        }
        if let maximum, Comparison.isLess(maximum, than: value) {
            throw ValueError("\(value.displayText) is more than \(maximum.displayText)")
        }
        try checkPattern(value)
    }

    private func checkPattern(_ value: Value) throws(ValueError) {
        guard let pattern, case .string(let text) = value else { return }
        do throws(ExpressionError) {
            if try Pattern(pattern).matches(whole: text) { return }
        } catch {
            throw ValueError(error.message, hint: error.hint)
        }
        let shown = text.count > 60 ? text.prefix(60) + "…" : text[...]
        throw ValueError("'\(shown)' does not match \(pattern)")
    }
}

extension Comparison {
    /// Whether both can be ordered and `left` comes first.
    static func isLess(_ left: Value, than right: Value) -> Bool {
        (try? holds(.less, left, right)) ?? false
    }
}
