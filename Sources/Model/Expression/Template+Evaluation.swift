extension Template {
    /// Its value on the context's node. What an expression yields is never expanded again.
    ///
    /// Throws for a wrong type, for a missing value inside text, and for a secret inside text.
    package func evaluate(in context: EvaluationContext) throws(ExpressionError) -> Evaluation {
        switch self {
        case .literal(let value): return .known(value, isTainted: false)
        case .expression(let expression): return try expression.evaluate(in: context)
        case .text(let pieces): return try Self.text(pieces, in: context)
        case .list(let items):
            var values: [Value] = []
            var isTainted = false
            for item in items {
                let result = try item.evaluate(in: context)
                guard case .known(let value, let itemIsTainted) = result else { return result }
                values.append(value)
                isTainted = isTainted || itemIsTainted
            }
            return .known(.list(values), isTainted: isTainted)
        case .map(let entries):
            var values: [String: Value] = [:]
            var isTainted = false
            for (key, entry) in entries {
                let result = try entry.evaluate(in: context)
                guard case .known(let value, let entryIsTainted) = result else { return result }
                values[key] = value
                isTainted = isTainted || entryIsTainted
            }
            return .known(.map(values), isTainted: isTainted)
        }
    }

    /// Its value as text, as a script would find it in its environment; nil while it can't be known.
    ///
    /// Throws as `evaluate` does, and where there is no value at all.
    package func string(in context: EvaluationContext) throws(ExpressionError) -> String? {
        guard case .known(let value, _) = try evaluate(in: context) else { return nil }
        guard let text = try value.environmentText else {
            throw ExpressionError(.noValue, "there is no value on \(context.node.name)", hint: Self.defaultHint)
        }
        return text
    }

    static let defaultHint = "give one with default(value, instead)"

    private static func text(_ pieces: [Piece], in context: EvaluationContext) throws(ExpressionError) -> Evaluation {
        var text = ""
        var isTainted = false
        var unknown: Evaluation?
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .expression(let expression):
                let result = try expression.evaluate(in: context)
                switch result {
                case .unknown: unknown = result
                case .known(.null, _):
                    throw ExpressionError(
                        .noValue, "'\(expression.source)' has no value on \(context.node.name)", hint: defaultHint)
                case .known(let value, let pieceIsTainted):
                    text += try value.scalarText()
                    isTainted = isTainted || pieceIsTainted
                }
            }
        }
        return unknown ?? .known(.string(text), isTainted: isTainted)
    }
}
