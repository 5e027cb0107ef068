extension Expression {
    /// What it yields, found without running it. Throws for unknown names and for types that can't fit.
    package func check(in scope: ExpressionScope) throws(ExpressionError) -> ExpressionChecker.Result {
        try ExpressionChecker(scope: scope).result(of: self)
    }
}

/// Finds names and types of expressions before a run.
package struct ExpressionChecker: Sendable {
    /// What an expression yields.
    package struct Result: Sendable, Hashable {
        package var type: StaticType
        /// Whether the value comes from a node.
        package var isTainted: Bool
    }

    let scope: ExpressionScope

    private enum Subject {
        case value(Result)
        case parameters, node, steps, probes
        case step, probe
    }

    func result(of expression: Expression) throws(ExpressionError) -> Result {
        switch expression {
        case .literal(let value): return Result(type: StaticType(value), isTainted: false)
        case .root, .member, .index:
            guard case .value(let result) = try subject(of: expression) else {
                throw ExpressionError(
                    .wrongType, "'\(expression.source)' is no value",
                    hint: "name one of its parts, as in \(Self.example(expression))",
                    word: expression.source)
            }
            return result
        case .not(let operand):
            return Result(type: .bool, isTainted: try boolean(operand, of: "!").isTainted)
        case .binary(let comparator, let left, let right):
            if comparator == .and || comparator == .or {
                let first = try boolean(left, of: comparator.rawValue)
                let second = try boolean(right, of: comparator.rawValue)
                return Result(type: .bool, isTainted: first.isTainted || second.isTainted)
            }
            let first = try result(of: left)
            let second = try result(of: right)
            try checkComparison(comparator, first.type, second.type, in: expression)
            return Result(type: .bool, isTainted: first.isTainted || second.isTainted)
        case .call(let function, let arguments): return try call(function, arguments, in: expression)
        }
    }

    private static func example(_ expression: Expression) -> String {
        switch expression {
        case .root("params"): "params.name"
        case .root("node"): "node.name"
        case .root("steps"): "steps['name'].changed"
        case .root("probes"), .root("before"): "\(expression.source)['name'].stdout"
        default: expression.source + ".stdout"
        }
    }

    private func boolean(_ operand: Expression, of symbol: String) throws(ExpressionError) -> Result {
        let result = try result(of: operand)
        guard result.type == .bool || result.type == .any else {
            throw ExpressionError(
                .wrongType, "'\(symbol)' needs true or false, but '\(operand.source)' is \(result.type.name)",
                hint: "compare it with something", word: operand.source)
        }
        return result
    }

    // MARK: Comparisons and functions

    private func checkComparison(
        _ comparator: Expression.BinaryOperator, _ left: StaticType, _ right: StaticType, in expression: Expression
    ) throws(ExpressionError) {
        if left == .secret || right == .secret {
            throw ExpressionError(.secret, "a secret can't be compared", word: expression.source)
        }
        switch comparator {
        case .in:
            switch right {
            case .any: return
            case .list(let item): try checkEquality(left, item, in: expression)
            case .map:
                if left.isText || left == .any { return }
                throw ExpressionError(
                    .wrongType, "the keys of a map are text, not \(left.name)", word: expression.source)
            default:
                throw ExpressionError(
                    .wrongType, "'in' needs a list or a map on its right, not \(right.name)",
                    hint: right.isText ? "for a part of a text: contains(text, part)" : nil, word: expression.source)
            }
        case .equal, .notEqual: try checkEquality(left, right, in: expression)
        default:
            if left == .any || right == .any || left == .nodeText && right.isText || right == .nodeText && left.isText {
                return
            }
            guard left.isOrdered(with: right) else {
                throw ExpressionError(
                    .wrongType, "can't order \(left.name) and \(right.name) in '\(expression.source)'",
                    hint: left.isText && right.isText ? "order versions with version_compare(a, b)" : nil,
                    word: expression.source)
            }
        }
    }

    private func checkEquality(
        _ left: StaticType, _ right: StaticType, in expression: Expression
    ) throws(ExpressionError) {
        try checkChoice(expression)
        if left == .any || right == .any || left == .null || right == .null { return }
        if left.isText && right.isText || left.isOrdered(with: right) || left == right { return }
        switch (left, right) {
        case (.list, .list), (.map, .map): return
        default: break
        }
        throw ExpressionError(
            .wrongType, "\(left.name) is never equal to \(right.name) in '\(expression.source)'",
            hint: left.isText != right.isText ? "text goes in quotes, other values do not" : nil,
            word: expression.source)
    }

    /// `params.mode == 'fsat'` where mode is one of fast and slow.
    private func checkChoice(_ expression: Expression) throws(ExpressionError) {
        guard case .binary(_, let left, let right) = expression else { return }
        for (name, literal) in [(left, right), (right, left)] {
            guard case .literal(.string(let word)) = literal, case .choice(let words) = try result(of: name).type,
                !words.contains(word)
            else { continue }
            throw ExpressionError(
                .wrongType, "'\(name.source)' is never '\(word)'",
                hint: Spelling.nearest(to: word, among: words).map { "did you mean '\($0)'?" }
                    ?? "it is one of \(words.joined(separator: ", "))", word: word)
        }
    }

    private func call(
        _ function: Expression.Function, _ arguments: [Expression], in expression: Expression
    ) throws(ExpressionError) -> Result {
        guard arguments.count == function.arity, let first = arguments.first, let last = arguments.last else {
            throw ExpressionError(.syntax, "\(function.rawValue) is written \(function.usage)")
        }
        let left = try result(of: first)
        let right = try result(of: last)
        let isTainted = left.isTainted || right.isTainted
        switch function {
        case .default:
            let type =
                left.type == right.type || right.type == .null ? left.type : left.type == .null ? right.type : .any
            return Result(type: type, isTainted: isTainted)
        case .length:
            switch left.type {
            case .any, .list, .map: break
            default: try demandText(left.type, first, of: function)
            }
            return Result(type: .int, isTainted: left.isTainted)
        case .contains:
            switch left.type {
            case .any: break
            case .list(let item): try checkEquality(item, right.type, in: expression)
            default:
                try demandText(left.type, first, of: function)
                try demandText(right.type, last, of: function)
            }
        case .versionCompare:
            if ![.int, .float].contains(left.type) { try demandText(left.type, first, of: function) }
            if ![.int, .float].contains(right.type) { try demandText(right.type, last, of: function) }
            return Result(type: .int, isTainted: isTainted)
        case .versionPart:
            if ![.int, .float].contains(left.type) { try demandText(left.type, first, of: function) }
            guard right.type == .int || right.type == .any else {
                throw ExpressionError(
                    .wrongType, "the part of a version is named by a whole number, not by \(right.type.name)",
                    hint: function.usage, word: last.source)
            }
            return Result(type: .string, isTainted: isTainted)
        case .matches:
            try demandText(left.type, first, of: function)
            try demandText(right.type, last, of: function)
            if right.isTainted {
                throw ExpressionError(.tainted, "the pattern of matches comes from a node", word: last.source)
            }
            if case .literal(.string(let pattern)) = last { _ = try Pattern(pattern) }
        case .startsWith, .endsWith:
            try demandText(left.type, first, of: function)
            try demandText(right.type, last, of: function)
        }
        return Result(type: .bool, isTainted: isTainted)
    }

    private func demandText(
        _ type: StaticType, _ argument: Expression, of function: Expression.Function
    ) throws(ExpressionError) {
        if type == .any || type.isText { return }
        throw ExpressionError(
            .wrongType, "\(function.rawValue) takes text, but '\(argument.source)' is \(type.name)",
            hint: function.usage, word: argument.source)
    }

    // MARK: Names

    private func subject(of expression: Expression) throws(ExpressionError) -> Subject {
        switch expression {
        case .root(let name): return try root(name)
        case .member(let base, let name):
            return try part(of: try subject(of: base), named: name, isTainted: false, in: expression)
        case .index(let base, let key):
            let result = try result(of: key)
            var name: String?
            if case .literal(.string(let text)) = key { name = text }
            if case .literal(.int) = key { return try element(of: try subject(of: base), in: expression) }
            return try part(of: try subject(of: base), named: name, isTainted: result.isTainted, in: expression)
        default: return .value(try result(of: expression))
        }
    }

    private func root(_ name: String) throws(ExpressionError) -> Subject {
        guard scope.roots.contains(name) else {
            throw ExpressionError(
                .unknownName, "'\(name)' can't be used here",
                hint: "here are \(scope.roots.sorted().joined(separator: ", "))", word: name)
        }
        switch name {
        case "params": return .parameters
        case "node": return .node
        case "steps": return .steps
        case "probes", "before": return .probes
        case "causes": return .value(Result(type: .list(.string), isTainted: true))
        case "run": return .value(Result(type: .map(.string), isTainted: false))
        case "item":
            guard let item = scope.item else {
                throw ExpressionError(
                    .unknownName, "'item' is only known in a step with 'each'", hint: "add each: params.LIST",
                    word: name)
            }
            return .value(Result(type: item, isTainted: false))
        default: throw ExpressionError(.unknownName, "unknown name '\(name)'", word: name)
        }
    }

    private func element(of subject: Subject, in expression: Expression) throws(ExpressionError) -> Subject {
        guard case .value(let result) = subject else {
            throw ExpressionError(
                .wrongType, "'\(expression.source)' needs a name in its brackets", word: expression.source)
        }
        switch result.type {
        case .any: return subject
        case .list(let item): return .value(Result(type: item, isTainted: result.isTainted))
        default:
            throw ExpressionError(
                .wrongType, "'\(expression.source)': \(result.type.name) has no items", word: expression.source)
        }
    }

    /// `name` nil: only known when it runs.
    private func part(
        of subject: Subject, named name: String?, isTainted: Bool, in expression: Expression
    ) throws(ExpressionError) -> Subject {
        switch subject {
        case .value(let base):
            let isTainted = isTainted || base.isTainted
            switch base.type {
            case .any: return .value(Result(type: .any, isTainted: isTainted))
            case .map(let value):
                if case .member(.root("run"), let name) = expression, !["id", "runbook"].contains(name) {
                    throw unknown("a run", name, has: ["id", "runbook"])
                }
                return .value(Result(type: value, isTainted: isTainted))
            case .list(let item) where name == nil: return .value(Result(type: item, isTainted: isTainted))
            default:
                throw ExpressionError(
                    .wrongType, "'\(expression.source)': \(base.type.name) has no parts", word: expression.source)
            }
        case .parameters: return .value(try parameter(name, expression, isTainted: isTainted))
        case .node: return .value(try nodePart(try demand(name, expression)))
        case .steps:
            let name = try demand(name, expression)
            if scope.laterSteps.contains(name) {
                throw ExpressionError(
                    .unknownName, "the step '\(name)' runs later", hint: "refer to earlier steps", word: name)
            }
            try demandKnown(name, scope.steps, "step")
            return .step
        case .probes:
            try demandKnown(try demand(name, expression), scope.probes, "probe")
            return .probe
        case .step: return .value(try answerPart(of: "a step", try demand(name, expression), isStep: true))
        case .probe: return .value(try answerPart(of: "a probe", try demand(name, expression), isStep: false))
        }
    }

    private func demand(_ name: String?, _ expression: Expression) throws(ExpressionError) -> String {
        if let name { return name }
        throw ExpressionError(
            .wrongType, "'\(expression.source)': the name in brackets must be plain text", hint: "as in steps['drain']",
            word: expression.source)
    }

    private func demandKnown(_ name: String, _ known: Set<String>, _ noun: String) throws(ExpressionError) {
        guard !known.contains(name) else { return }
        let near = Spelling.nearest(to: name, among: known.sorted())
        throw ExpressionError(
            .unknownName, "there is no \(noun) '\(name)'", hint: near.map { "did you mean '\($0)'?" }, word: name)
    }

    private func parameter(
        _ name: String?, _ expression: Expression, isTainted: Bool
    ) throws(ExpressionError) -> Result {
        let name = try demand(name, expression)
        guard let type = scope.parameters[name] else {
            let near = Spelling.nearest(to: name, among: scope.parameters.keys.sorted())
            throw ExpressionError(
                .unknownName, "there is no parameter '\(name)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "declare it under 'parameters'", word: name)
        }
        return Result(type: StaticType(type), isTainted: isTainted || scope.taintedParameters.contains(name))
    }

    private func nodePart(_ name: String) throws(ExpressionError) -> Result {
        switch name {
        case "name": return Result(type: .string, isTainted: false)
        case "groups": return Result(type: .list(.string), isTainted: false)
        case "labels": return Result(type: .map(.string), isTainted: false)
        case "vars": return Result(type: .map(.any), isTainted: false)
        case "facts": return Result(type: .map(.nodeText), isTainted: true)
        default: throw unknown("a node", name, has: ["name", "groups", "labels", "vars", "facts"])
        }
    }

    private func answerPart(of owner: String, _ name: String, isStep: Bool) throws(ExpressionError) -> Result {
        switch name {
        case "changed" where isStep: return Result(type: .bool, isTainted: false)
        case "stdout", "stderr": return Result(type: .nodeText, isTainted: true)
        case "exit": return Result(type: .int, isTainted: true)
        case "facts" where !isStep: return Result(type: .map(.nodeText), isTainted: true)
        default:
            throw unknown(
                owner, name,
                has: isStep ? ["changed", "stdout", "stderr", "exit"] : ["stdout", "stderr", "exit", "facts"])
        }
    }

    private func unknown(_ owner: String, _ name: String, has parts: [String]) -> ExpressionError {
        ExpressionError(
            .unknownName, "\(owner) has no '\(name)'",
            hint: Spelling.nearest(to: name, among: parts).map { "did you mean '\($0)'?" }
                ?? "it has \(parts.joined(separator: ", "))", word: name)
    }
}

extension StaticType {
    var isText: Bool {
        switch self {
        case .string, .nodeText, .choice: true
        default: false
        }
    }

    private var isNumber: Bool { self == .int || self == .float || self == .size }

    func isOrdered(with other: StaticType) -> Bool {
        if isNumber && other.isNumber { return true }
        if self == other, self == .duration || self == .percent { return true }
        let measured = { (type: StaticType) in type.isNumber || type == .duration || type == .percent }
        return self == .nodeText && measured(other) || other == .nodeText && measured(self)
    }
}
