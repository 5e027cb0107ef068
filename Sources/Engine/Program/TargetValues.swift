import Model

/// A target's parameters in every scope, and the items of its steps' `each`. All is known before the run but what an
/// included runbook is given of the node's facts.
struct TargetValues: Sendable {
    /// By scope of the step list.
    var parameters: [[String: Value]]
    /// By scope: those that came from the node, and that no pattern holds.
    var tainted: [Set<String>]
    /// How a fact does not fit the parameter that it is given to; nil where all do.
    var misfit: String?

    /// The values of `node` for `scopes`; `facts` are nil until the node was asked.
    /// - Throws: `EngineError` of code `runbook` for an included runbook's parameter without a value.
    init(
        _ scopes: [RunbookScope], node: Node, parameters: [String: Value], facts: [String: String]? = nil
    ) throws(EngineError) {
        self.parameters = [parameters]
        tainted = [[]]
        for scope in scopes.dropFirst() { try bind(scope, node: node, facts: facts) }
    }

    private mutating func bind(_ scope: RunbookScope, node: Node, facts: [String: String]?) throws(EngineError) {
        let parent = scope.parent ?? 0
        var values: [String: Value] = [:]
        var tainted: Set<String> = []
        for parameter in scope.runbook.parameters {
            let given = scope.parameters[parameter.name]
            guard let template = given ?? parameter.defaultValue else {
                if let source = parameter.secretSource {
                    values[parameter.name] = .secret(reference: source)
                } else if parameter.isOptional {
                    values[parameter.name] = .null
                } else {
                    throw EngineError(
                        .runbook, "\(scope.runbook.name) needs parameter '\(parameter.name)', which is not given.")
                }
                continue
            }
            let context = EvaluationContext(
                parameters: given == nil ? values : parameters[parent], node: node, facts: facts ?? [:],
                taintedParameters: given == nil ? tainted : self.tainted[parent])
            let (value, isTainted) = try Self.evaluate(template, context, parameter, of: scope)
            values[parameter.name] = value
            guard isTainted else { continue }
            guard parameter.pattern != nil else {
                tainted.insert(parameter.name)
                continue
            }
            values[parameter.name] = .null
            if facts == nil { continue }
            do throws(ValueError) {
                values[parameter.name] = try parameter.value(converting: value)
            } catch {
                misfit = misfit ?? "parameter '\(parameter.name)' of \(scope.runbook.name): \(error.message)"
            }
        }
        parameters.append(values)
        self.tainted.append(tainted)
    }

    private static func evaluate(
        _ template: Template, _ context: EvaluationContext, _ parameter: Parameter, of scope: RunbookScope
    ) throws(EngineError) -> (Value, isTainted: Bool) {
        do {
            if case .known(let value, let isTainted) = try template.evaluate(in: context) { return (value, isTainted) }
        } catch {
            throw EngineError(.runbook, "Parameter '\(parameter.name)' of \(scope.runbook.name): \(error).")
        }
        throw EngineError(
            .runbook, "Parameter '\(parameter.name)' of \(scope.runbook.name) must be known before the run.")
    }

    /// The items of a step's `each` on this node; nil where it has none.
    func items(of step: Step, scope: Int, node: Node) throws(EngineError) -> [Value]? {
        guard let each = step.each else { return nil }
        let context = EvaluationContext(parameters: parameters[scope], node: node)
        do {
            switch try each.evaluate(in: context) {
            case .known(.list(let items), _): return items
            case .known(.null, _): return []
            default:
                throw EngineError(.runbook, "`each` of step '\(step.name)' is no list that is known before the run.")
            }
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError(.runbook, "`each` of step '\(step.name)': \(error).")
        }
    }
}
