import Model

/// What a place may do with a value.
struct ValueUse {
    enum Need { case scalar, duration, size, list, anything }

    var need = Need.scalar
    /// Whether a value from a node would act outside that node, or choose what is acted upon.
    var refusesTaint = false
    /// Whether a secret may be handed on here.
    var takesSecret = false

    static let text = ValueUse()
    /// Paths, names, versions.
    static let target = ValueUse(refusesTaint: true)
}

extension RunbookReader {
    /// The names that an expression may use at a stage.
    func scope(_ stage: Stage, item: StaticType? = nil) -> ExpressionScope {
        let types = Dictionary(parameters.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        var scope = ExpressionScope(
            parameters: types, taintedParameters: taintedParameters, probes: names.probes, item: item,
            roots: ["params", "node", "run"])
        switch stage {
        case .beforeRun: break
        case .detect: scope.roots.insert("probes")
        case .verify: scope.roots.formUnion(["probes", "before", "causes", "steps"])
        case .step(let name, let isAlways, let includesItself):
            scope.roots.formUnion(["probes", "causes", "steps"])
            if isAlways { scope.roots.insert("before") }
            if item != nil { scope.roots.insert("item") }
            let order = isAlways ? names.steps + names.alwaysSteps : names.steps
            let place = order.lastIndex(of: name) ?? order.count
            scope.steps = Set(order[..<place])
            if includesItself { scope.steps.insert(name) }
            scope.laterSteps = Set(names.steps + names.alwaysSteps).subtracting(scope.steps)
        }
        if case .verify = stage { scope.steps = Set(names.steps) }
        return scope
    }

    enum Stage {
        /// Before anything is known of a node.
        case beforeRun
        case detect, verify
        case step(name: String, isAlways: Bool, includesItself: Bool)
    }

    /// A bare expression that must yield true or false.
    func condition(_ node: YAMLNode?, _ scope: ExpressionScope) -> Expression? {
        guard let (expression, result, node) = bare(node, scope) else { return nil }
        if result.type != .bool, result.type != .any {
            report(
                node, "'\(expression.source)' is \(result.type.name), where true or false is needed",
                hint: "compare it with something")
        }
        return expression
    }

    /// A bare expression that must yield a list; and the type of its items.
    func listExpression(_ node: YAMLNode?, _ scope: ExpressionScope) -> (Expression, StaticType)? {
        guard let (expression, result, node) = bare(node, scope) else { return nil }
        if result.isTainted {
            report(
                node, "'\(expression.source)' is only known when the node was asked, but 'each' must be known before",
                hint: "loop in the script")
        }
        switch result.type {
        case .list(let item): return (expression, item)
        case .any: return (expression, .any)
        default:
            report(node, "'each' needs a list, but '\(expression.source)' is \(result.type.name)")
            return (expression, .any)
        }
    }

    private func bare(
        _ node: YAMLNode?, _ scope: ExpressionScope
    ) -> (Expression, ExpressionChecker.Result, YAMLNode)? {
        guard let node, let scalar = node.scalar, !scalar.text.allSatisfy(\.isWhitespace) else { return nil }
        if scalar.text.trimmingWhitespace.hasPrefix("${{") {
            report(node, "an expression stands bare here", hint: "leave '${{' and '}}' away")
            return nil
        }
        do throws(ExpressionError) {
            let expression = try Expression(parsing: scalar.text)
            return (expression, try expression.check(in: scope), node)
        } catch {
            report(error, in: node)
            return nil
        }
    }

    /// A value that may hold expressions. Literal scalars stay as they were written.
    func template(_ node: YAMLNode?, _ scope: ExpressionScope, _ use: ValueUse = .text) -> Template? {
        guard let node else { return nil }
        do throws(ExpressionError) {
            switch node.content {
            case .sequence(let items): return .list(items.compactMap { template($0, scope, use) })
            case .mapping(let entries):
                let pairs = entries.compactMap { entry in template(entry.value, scope, use).map { (entry.key, $0) } }
                return .map(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
            case .scalar(let scalar):
                guard scalar.text.contains("${{") else { return literal(scalar, use) }
                let template = try Template(parsing: scalar.text)
                try check(template, scope, use)
                return template
            }
        } catch {
            report(error, in: node)
            return nil
        }
    }

    private func literal(_ scalar: YAMLScalar, _ use: ValueUse) -> Template {
        switch use.need {
        case .duration: .literal(Duration(parsing: scalar.text).map(Value.duration) ?? .string(scalar.text))
        case .size:
            .literal(
                scalar.text == "0" ? .size(0) : ByteCount.parse(scalar.text).map(Value.size) ?? .string(scalar.text))
        case .anything: .literal(scalar.resolved)
        case .scalar, .list: .literal(scalar.resolved == .null ? .null : .string(scalar.text))
        }
    }

    private func check(
        _ template: Template, _ scope: ExpressionScope, _ use: ValueUse
    ) throws(ExpressionError) {
        let isWhole = if case .expression = template { true } else { false }
        for expression in template.expressions {
            let result = try expression.check(in: scope)
            if result.isTainted, use.refusesTaint {
                throw ExpressionError(
                    .tainted, "'\(expression.source)' comes from a node, which must not choose what is acted upon",
                    hint: "hand it to a runbook whose parameter has a 'pattern'", word: expression.source)
            }
            if result.type == .secret, !(isWhole && use.takesSecret) {
                throw ExpressionError(
                    .secret, "'\(expression.source)' is a secret and can't be put into text",
                    hint: "a script reads it from the file that $NAME_file names", word: expression.source)
            }
            try Self.check(result.type, of: expression, use.need, isWhole: isWhole)
        }
    }

    private static func check(
        _ type: StaticType, of expression: Expression, _ need: ValueUse.Need, isWhole: Bool
    ) throws(ExpressionError) {
        let fits: Bool
        switch (need, type) {
        case (.anything, _), (_, .any): fits = true
        case (.duration, _): fits = type == .duration
        case (.size, _): fits = type == .size
        case (.scalar, .list), (.scalar, .map): fits = false
        default: fits = true
        }
        guard !fits else { return }
        let wanted =
            switch need {
            case .duration: "a duration"
            case .size: "a size"
            default: "a single value"
            }
        throw ExpressionError(
            .wrongType, "'\(expression.source)' is \(type.name), where \(wanted) is needed", word: expression.source)
    }

    /// Reports an error of an expression at its place inside the node.
    func report(_ error: ExpressionError, in node: YAMLNode) {
        var mark = node.mark
        if let offset = error.offset {
            mark = source.mark(of: offset, in: node)
        } else if let word = error.word, let found = source.find(word, in: node) {
            mark = found
        }
        report(mark, error.message, hint: error.hint)
    }

    /// A regular expression, or nil where it is none.
    func pattern(_ node: YAMLNode?) -> String? {
        guard let node, let text = node.scalar?.text else { return nil }
        do throws(ExpressionError) {
            _ = try Pattern(text)
        } catch {
            report(node, error.message, hint: error.hint)
            return nil
        }
        return text
    }
}
