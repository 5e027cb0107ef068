/// Computes expressions in one context.
struct ExpressionEvaluator {
    let context: EvaluationContext

    /// What a name stands for on the way to a value.
    private enum Subject {
        case value(Evaluation)
        case parameters, node, steps, probes, before
        case step(StepRecord?)
        case probe(ProbeRecord?)
    }

    func value(of expression: Expression) throws(ExpressionError) -> Evaluation {
        switch expression {
        case .literal(let value): return .known(value, isTainted: false)
        case .root, .member, .index:
            guard case .value(let value) = try subject(of: expression) else {
                throw ExpressionError(
                    .wrongType, "'\(expression.source)' is no value", hint: "name one of its parts",
                    word: expression.source)
            }
            return value
        case .not(let operand):
            let result = try self.value(of: operand)
            guard case .known(let value, let isTainted) = result else { return result }
            return .known(.bool(!(try bool(value, of: operand))), isTainted: isTainted)
        case .binary(.and, let left, let right): return try junction(left, right, decidedBy: false)
        case .binary(.or, let left, let right): return try junction(left, right, decidedBy: true)
        case .binary(let comparator, let left, let right):
            return try both(
                left, right,
                { left, right throws(ExpressionError) in .bool(try Comparison.holds(comparator, left, right)) },
                staysSo: { $0.settle(comparator, as: $1) })
        case .call(let function, let arguments): return try call(function, arguments)
        }
    }

    /// Kleene's and (decided by false) and or (decided by true). What decides it needs no other side.
    private func junction(
        _ left: Expression, _ right: Expression, decidedBy decisive: Bool
    ) throws(ExpressionError) -> Evaluation {
        let first = try value(of: left)
        var isTainted = false
        if case .known(let value, let firstIsTainted) = first {
            if try bool(value, of: left) == decisive { return first }
            isTainted = firstIsTainted
        }
        let second = try value(of: right)
        switch second {
        case .unknown: return Self.unknown(first, second)
        case .known(let value, let secondIsTainted):
            let holds = try bool(value, of: right)
            if holds == decisive { return .known(value, isTainted: secondIsTainted) }
            if case .unknown = first { return first }
            return .known(value, isTainted: isTainted || secondIsTainted)
        }
    }

    private func bool(_ value: Value, of expression: Expression) throws(ExpressionError) -> Bool {
        guard case .bool(let holds) = value else {
            throw ExpressionError(
                .wrongType, "'\(expression.source)' is \(value.typeName), where true or false is needed",
                hint: "compare it with something", word: expression.source)
        }
        return holds
    }

    /// Of two of which one at least is unknown, why both together are: what was cut off will never be known.
    private static func unknown(_ first: Evaluation, _ second: Evaluation) -> Evaluation {
        if first == .unknown(.cut) { return first }
        if case .unknown = second { return second }
        return first
    }

    /// What `compute` makes of both. Where an output was cut that is known only if it `staysSo` whatever was cut off.
    private func both(
        _ left: Expression, _ right: Expression,
        _ compute: (Value, Value) throws(ExpressionError) -> Value,
        staysSo: (CutOperands, Value) -> Bool
    ) throws(ExpressionError) -> Evaluation {
        let first = try value(of: left)
        let second = try value(of: right)
        guard case .known(let left, let leftIsTainted) = first, case .known(let right, let rightIsTainted) = second
        else { return Self.unknown(first, second) }
        let result = try compute(left, right)
        if first.isCut || second.isCut, !staysSo(CutOperands(left: first, right: second), result) {
            return .unknown(.cut)
        }
        return .known(result, isTainted: leftIsTainted || rightIsTainted)
    }

    private func call(
        _ function: Expression.Function, _ arguments: [Expression]
    ) throws(ExpressionError) -> Evaluation {
        guard arguments.count == function.arity, let first = arguments.first, let last = arguments.last else {
            throw ExpressionError(.syntax, "\(function.rawValue) is written \(function.usage)")
        }
        switch function {
        case .default:
            guard case .known(.null, _) = try value(of: first) else { return try value(of: first) }
            return try value(of: last)
        case .length:
            let whole = try value(of: first)
            guard case .known(let value, let isTainted) = whole else { return whole }
            if whole.isCut { return .unknown(.cut) }
            return .known(.int(try FunctionLibrary.length(value)), isTainted: isTainted)
        case .matches: return try matches(first, last)
        case .contains: return try both(function, first, last, FunctionLibrary.contains)
        case .startsWith: return try both(function, first, last, FunctionLibrary.startsWith)
        case .endsWith: return try both(function, first, last, FunctionLibrary.endsWith)
        case .versionCompare: return try both(function, first, last, FunctionLibrary.versionCompare)
        case .versionPart: return try both(function, first, last, FunctionLibrary.versionPart)
        }
    }

    private func both(
        _ function: Expression.Function, _ left: Expression, _ right: Expression,
        _ compute: (Value, Value) throws(ExpressionError) -> Value
    ) throws(ExpressionError) -> Evaluation {
        try both(left, right, compute, staysSo: { $0.settle(function, as: $1) })
    }

    private func matches(_ text: Expression, _ pattern: Expression) throws(ExpressionError) -> Evaluation {
        let wanted = try value(of: pattern)
        if case .known(_, isTainted: true) = wanted {
            throw ExpressionError(.tainted, "the pattern of matches comes from the node", word: "matches")
        }
        let searched = try value(of: text)
        guard case .known(let whole, let isTainted) = searched, case .known(let source, _) = wanted
        else { return Self.unknown(searched, wanted) }
        switch try FunctionLibrary.matches(whole, source) {
        case .yes: return .known(.bool(true), isTainted: isTainted)
        case .no: return .known(.bool(false), isTainted: isTainted)
        case .unknown: return .unknown(.cut)
        }
    }

    // MARK: Names

    private func subject(of expression: Expression) throws(ExpressionError) -> Subject {
        switch expression {
        case .root(let name): return try root(name)
        case .member(let base, let name):
            return try part(of: try subject(of: base), .string(name), keyIsTainted: false, in: expression)
        case .index(let base, let key):
            let place = try value(of: key)
            guard case .known(let key, let isTainted) = place else { return .value(place) }
            return try part(of: try subject(of: base), key, keyIsTainted: isTainted, in: expression)
        default: return .value(try value(of: expression))
        }
    }

    private func root(_ name: String) throws(ExpressionError) -> Subject {
        switch name {
        case "params": return .parameters
        case "node": return .node
        case "steps": return .steps
        case "probes": return .probes
        case "before": return .before
        case "causes": return .value(.known(.list(context.causes.map(Value.string)), isTainted: true))
        case "run": return .value(.known(.map(context.run), isTainted: false))
        case "item":
            guard let item = context.item else {
                throw ExpressionError(.unknownName, "'item' is only known in a step with 'each'", word: "item")
            }
            return .value(.known(item, isTainted: false))
        default: throw ExpressionError(.unknownName, "unknown name '\(name)'", word: name)
        }
    }

    private func part(
        of subject: Subject, _ key: Value, keyIsTainted: Bool, in expression: Expression
    ) throws(ExpressionError) -> Subject {
        if case .value(let value) = subject {
            guard case .known(let base, let isTainted) = value else { return .value(value) }
            return .value(
                .known(try Self.element(of: base, key, in: expression), isTainted: isTainted || keyIsTainted))
        }
        guard case .string(let name) = key else {
            throw ExpressionError(.wrongType, "'\(expression.source)' needs a name in its brackets")
        }
        switch subject {
        case .value: return subject
        case .parameters:
            let isTainted = keyIsTainted || context.taintedParameters.contains(name)
            return .value(.known(context.parameters[name] ?? .null, isTainted: isTainted))
        case .node: return try nodePart(name)
        case .steps: return .step(context.steps[name])
        case .probes: return .probe(context.probes[name])
        case .before: return .probe(context.before[name])
        case .step(let record): return try Self.stepPart(record, name)
        case .probe(let record): return try Self.probePart(record, name)
        }
    }

    private func nodePart(_ name: String) throws(ExpressionError) -> Subject {
        let node = context.node
        switch name {
        case "name": return .value(.known(.string(node.name), isTainted: false))
        case "groups": return .value(.known(.list(node.groups.map(Value.string)), isTainted: false))
        case "labels": return .value(.known(.map(node.labels.mapValues(Value.string)), isTainted: false))
        case "vars": return .value(.known(.map(node.variables), isTainted: false))
        case "facts": return .value(.known(.map(context.facts.mapValues(Value.string)), isTainted: true))
        default:
            throw ExpressionError(
                .unknownName, "a node has no '\(name)'", hint: "it has name, groups, labels, vars, facts", word: name)
        }
    }

    private static func stepPart(_ record: StepRecord?, _ name: String) throws(ExpressionError) -> Subject {
        let value: Value?
        switch name {
        case "changed":
            return .value(record?.changed.map { .known(.bool($0), isTainted: false) } ?? .unknown(.notRun))
        case "stdout": value = record?.standardOutput.map(Value.string)
        case "stderr": value = record?.standardError.map(Value.string)
        case "exit": value = record?.exit.map(Value.int)
        default:
            throw ExpressionError(
                .unknownName, "a step has no '\(name)'", hint: "it has changed, stdout, stderr, exit", word: name)
        }
        return .value(value.map { .known($0, isTainted: true) } ?? .unknown(.notRun))
    }

    private static func probePart(_ record: ProbeRecord?, _ name: String) throws(ExpressionError) -> Subject {
        let value: Value?
        switch name {
        case "stdout": value = record.map { .string($0.standardOutput) }
        case "stderr": value = record.map { .string($0.standardError) }
        case "exit": value = record?.exit.map(Value.int)
        case "facts":
            // A line that was cut off may give a fact another value.
            if let record, Evaluation.known(.string(record.standardOutput), isTainted: true).isCut {
                return .value(.unknown(.cut))
            }
            value = record.map { .map($0.facts.mapValues(Value.string)) }
        default:
            throw ExpressionError(
                .unknownName, "a probe has no '\(name)'", hint: "it has stdout, stderr, exit, facts", word: name)
        }
        return .value(value.map { .known($0, isTainted: true) } ?? .unknown(.notRun))
    }

    private static func element(
        of base: Value, _ key: Value, in expression: Expression
    ) throws(ExpressionError) -> Value {
        switch (base, key) {
        case (.map(let entries), .string(let name)): return entries[name] ?? .null
        case (.list(let items), .int(let index)):
            let position = index < 0 ? items.count + index : index
            return items.indices.contains(position) ? items[position] : .null
        case (.null, _): return .null
        default:
            throw ExpressionError(
                .wrongType, "'\(expression.source)': \(base.typeName) has no part \(key.displayText)",
                word: expression.source)
        }
    }
}
