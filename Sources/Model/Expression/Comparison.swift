/// How values compare. A text, such as what a node printed, is compared with a number, duration, size or percentage
/// by what it says; two texts that both say numbers are ordered as numbers.
package enum Comparison {
    static func holds(
        _ comparator: Expression.BinaryOperator, _ left: Value, _ right: Value
    ) throws(ExpressionError) -> Bool {
        if case .secret = left { throw secretError }
        if case .secret = right { throw secretError }
        switch comparator {
        case .equal: return areEqual(left, right)
        case .notEqual: return !areEqual(left, right)
        case .less: return try order(left, right) < 0
        case .lessOrEqual: return try order(left, right) <= 0
        case .greater: return try order(left, right) > 0
        case .greaterOrEqual: return try order(left, right) >= 0
        case .in: return try isMember(left, of: right)
        case .and, .or: throw ExpressionError(.wrongType, "'\(comparator.rawValue)' takes true or false")
        }
    }

    private static let secretError = ExpressionError(.secret, "a secret can't be compared")

    /// Whether both are the same, numbers by value.
    package static func areEqual(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): return left == right
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(areEqual)
        case (.null, _), (_, .null), (.bool, _), (_, .bool), (.map, _), (_, .map): return left == right
        case (.int(let left), .int(let right)), (.size(let left), .size(let right)): return left == right
        default:
            guard let (first, second) = measures(left, right) else { return false }
            return first == second
        }
    }

    private static func order(_ left: Value, _ right: Value) throws(ExpressionError) -> Int {
        // Beyond 2⁵³ a Double can't tell neighbours apart.
        if case .int(let first) = left, case .int(let second) = right {
            return first < second ? -1 : first > second ? 1 : 0
        }
        if let (first, second) = measures(left, right) { return first < second ? -1 : first > second ? 1 : 0 }
        let hint: String
        switch (left, right) {
        case (.string, .string): hint = "order versions with version_compare(a, b)"
        case (.null, _), (_, .null): hint = Template.defaultHint
        default: hint = "both sides must be of one type"
        }
        throw ExpressionError(.wrongType, "can't order \(named(left)) and \(named(right))", hint: hint)
    }

    private static func named(_ value: Value) -> String {
        switch value {
        case .null: return "a missing value"
        case .string(let text):
            let short = text.count > 40 ? text.prefix(40) + "…" : text[...]
            return "the text '\(short)'"
        default: return "\(value.typeName) \(value.displayText)"
        }
    }

    private static func isMember(_ item: Value, of whole: Value) throws(ExpressionError) -> Bool {
        switch whole {
        case .null: return false
        case .list(let items): return items.contains { areEqual($0, item) }
        case .map(let entries):
            guard case .string(let key) = item else { return false }
            return entries[key] != nil
        default:
            throw ExpressionError(
                .wrongType, "'in' needs a list or a map on its right, not \(whole.typeName)",
                hint: "for a part of a text: contains(text, part)")
        }
    }

    private enum Kind { case number, duration, percent }

    /// Both as numbers of one kind, where they have one.
    private static func measures(_ left: Value, _ right: Value) -> (Double, Double)? {
        if case .string(let leftText) = left, case .string(let rightText) = right {
            guard let first = number(leftText), let second = number(rightText) else { return nil }
            return (first, second)
        }
        guard let kind = kind(left) ?? kind(right), let first = measure(left, as: kind),
            let second = measure(right, as: kind)
        else { return nil }
        return (first, second)
    }

    private static func kind(_ value: Value) -> Kind? {
        switch value {
        case .int, .float, .size: .number
        case .duration: .duration
        case .percent: .percent
        default: nil
        }
    }

    private static func measure(_ value: Value, as kind: Kind) -> Double? {
        switch (value, kind) {
        case (.int(let number), .number), (.size(let number), .number): Double(number)
        case (.float(let number), .number): number
        case (.duration(let duration), .duration): Double(duration.wholeMilliseconds)
        case (.percent(let percent), .percent): percent
        case (.string(let text), .number):
            number(text) ?? ByteCount.parse(text.trimmingWhitespace).map(Double.init)
        case (.string(let text), .duration):
            Duration(parsing: text.trimmingWhitespace).map { Double($0.wholeMilliseconds) }
                ?? number(text).map { $0 * 1000 }
        case (.string(let text), .percent): Percentage.parse(text.trimmingWhitespace) ?? number(text)
        default: nil
        }
    }

    /// What a text says as a plain decimal number; no hexadecimal, no infinity.
    package static func number(_ text: String) -> Double? {
        let trimmed = text.trimmingWhitespace
        guard !trimmed.isEmpty, trimmed.utf8.count <= 64,
            trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
            let value = Double(trimmed), value.isFinite
        else { return nil }
        return value
    }
}
