extension Expression {
    /// Its value on the context's node: a pure function, without I/O.
    ///
    /// Throws for operands of the wrong type, for a parameter that was not declared, and for comparing a secret.
    package func evaluate(in context: EvaluationContext) throws(ExpressionError) -> Evaluation {
        try ExpressionEvaluator(context: context).value(of: self)
    }

    /// Whether it holds. Throws as `evaluate` does, and where it yields anything but a bool.
    package func truth(in context: EvaluationContext) throws(ExpressionError) -> Truth {
        switch try evaluate(in: context) {
        case .unknown: return .unknown
        case .known(.bool(let holds), _): return holds ? .yes : .no
        case .known(let value, _):
            throw ExpressionError(
                .wrongType, "'\(source)' is \(value.typeName), where true or false is needed",
                hint: "compare it with something")
        }
    }

    /// Whether nobody will ever know what it yields, since it depends on what was not kept of an output.
    package func hangsOnCut(in context: EvaluationContext) throws(ExpressionError) -> Bool {
        try evaluate(in: context) == .unknown(.cut)
    }
}

extension Truth {
    /// Kleene's and.
    package static func && (left: Truth, right: Truth) -> Truth {
        if left == .no || right == .no { return .no }
        return left == .yes && right == .yes ? .yes : .unknown
    }

    /// Kleene's or.
    package static func || (left: Truth, right: Truth) -> Truth {
        if left == .yes || right == .yes { return .yes }
        return left == .no && right == .no ? .no : .unknown
    }

    /// Kleene's not.
    package static prefix func ! (truth: Truth) -> Truth {
        switch truth {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }
}
