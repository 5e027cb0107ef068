extension Expression {
    /// As it would be written.
    package var source: String { written(isNested: false) }

    private func written(isNested: Bool) -> String {
        switch self {
        case .literal(let value): return Self.written(value)
        case .root(let name): return name
        case .member(let base, let name): return base.written(isNested: true) + "." + name
        case .index(let base, let key): return base.written(isNested: true) + "[" + key.source + "]"
        case .not(let operand): return "!" + operand.written(isNested: true)
        case .call(let function, let arguments):
            return function.rawValue + "(" + arguments.map(\.source).joined(separator: ", ") + ")"
        case .binary(let comparator, let left, let right):
            let text =
                left.written(isNested: true) + " " + comparator.rawValue + " " + right.written(isNested: true)
            return isNested ? "(" + text + ")" : text
        }
    }

    private static func written(_ value: Value) -> String {
        switch value {
        case .string(let text):
            "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .list(let items): "[" + items.map(written).joined(separator: ", ") + "]"
        default: value.displayText
        }
    }
}
