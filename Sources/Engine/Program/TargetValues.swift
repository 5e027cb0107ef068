import Model

/// A target's parameters in every scope, and the items of its steps' `each`: all that is known before the run.
struct TargetValues: Sendable {
    /// By scope of the step list.
    var parameters: [[String: Value]]

    /// The values of `node` for `scopes`.
    /// - Throws: `EngineError` of code `runbook` for an included runbook's parameter without a value.
    init(_ scopes: [RunbookScope], node: Node, parameters: [String: Value]) throws(EngineError) {
        self.parameters = [parameters]
        for scope in scopes.dropFirst() {
            let outer = self.parameters[scope.parent ?? 0]
            self.parameters.append(try Self.bind(scope, outer: outer, node: node))
        }
    }

    private static func bind(
        _ scope: RunbookScope, outer: [String: Value], node: Node
    ) throws(EngineError) -> [String: Value] {
        var values: [String: Value] = [:]
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
            let context = EvaluationContext(parameters: given == nil ? values : outer, node: node)
            do {
                guard case .known(let value, _) = try template.evaluate(in: context) else {
                    throw EngineError(
                        .runbook,
                        "Parameter '\(parameter.name)' of \(scope.runbook.name) must be known before the run.")
                }
                values[parameter.name] = value
            } catch let error as EngineError {
                throw error
            } catch {
                throw EngineError(.runbook, "Parameter '\(parameter.name)' of \(scope.runbook.name): \(error).")
            }
        }
        return values
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
