extension Evaluation {
    /// Whether it is an output of which no more than the beginning was kept: by its length, for what is cut stays as
    /// long as is kept.
    var isCut: Bool {
        guard case .known(.string(let text), isTainted: true) = self else { return false }
        return text.utf8.count >= Pattern.searchedBytes
    }
}

/// Two values of which one at least is an output that was cut: what is certain of them, whatever was cut off.
struct CutOperands {
    let left: Evaluation
    let right: Evaluation

    /// Whether a comparison is, with what was cut off, what it is without.
    func settle(_ comparator: Expression.BinaryOperator, as result: Value) -> Bool {
        switch comparator {
        case .equal: result == .bool(false) && areApart
        case .notEqual: result == .bool(true) && areApart
        case .in: result == .bool(false)
        case .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or: false
        }
    }

    /// Whether a function yields, with what was cut off, what it yields without.
    func settle(_ function: Expression.Function, as result: Value) -> Bool {
        switch function {
        case .contains: result == .bool(true) && !right.isCut
        case .startsWith: result == .bool(true) ? !right.isCut : areApart
        case .endsWith, .matches, .versionCompare, .versionPart, .default, .length: false
        }
    }

    /// Whether neither goes on as the other one does.
    private var areApart: Bool { !Self.couldBecome(left, right) && !Self.couldBecome(right, left) }

    private static func couldBecome(_ output: Evaluation, _ other: Evaluation) -> Bool {
        guard output.isCut, case .known(.string(let beginning), _) = output, case .known(.string(let text), _) = other
        else { return false }
        return text.utf8.starts(with: beginning.utf8)
    }
}
