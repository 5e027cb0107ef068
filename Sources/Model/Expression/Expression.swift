/// An expression of the runbook language: typed, no loops, no I/O.
package indirect enum Expression: Sendable, Hashable {
    case literal(Value)
    /// `params`, `node`, `steps`, `probes`, `causes`, `item`, `run`, `before`.
    case root(String)
    /// `base.name`
    case member(Expression, String)
    /// `base['key']` or `base[0]`
    case index(Expression, Expression)
    case not(Expression)
    case binary(BinaryOperator, Expression, Expression)
    case call(Function, [Expression])

    package enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
        case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        case and = "&&", or = "||", `in` = "in"
    }

    package enum Function: String, Sendable, Hashable, CaseIterable {
        case contains, startsWith = "starts_with", endsWith = "ends_with", matches
        case versionCompare = "version_compare", versionPart = "version_part", `default`, length
    }
}

/// A value that may hold expressions: `driver=${{ params.driver_version }}`.
package enum Template: Sendable, Hashable {
    /// No expression in it.
    case literal(Value)
    /// A single `${{ … }}` and nothing else: keeps the expression's type.
    case expression(Expression)
    /// Text with expressions inside: always a string.
    case text([Piece])
    /// A list whose items may hold expressions.
    case list([Template])
    /// A map whose values may hold expressions.
    case map([String: Template])

    package enum Piece: Sendable, Hashable {
        case text(String)
        case expression(Expression)
    }
}
