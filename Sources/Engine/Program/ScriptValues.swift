import Model

/// What a probe or another script of a runbook finds in its environment.
struct ScriptValues: Sendable, Hashable {
    var environment: [String: String] = [:]
    /// Secret references by variable name.
    var secrets: [String: String] = [:]

    init(environment: [String: String]) { self.environment = environment }

    /// Parameters by name, then `extra`, then what names the run, the target and the step.
    /// - Throws: `ExpressionError` for a value that no environment can carry.
    init(
        context: EvaluationContext, extra: [String: Template], run: RunID, step: String
    ) throws(ExpressionError) {
        for (name, value) in context.parameters { try set(name, value) }
        for (name, template) in extra {
            guard case .known(let value, _) = try template.evaluate(in: context) else { continue }
            try set(name, value)
        }
        if let item = context.item { try set("ITEM", item) }
        environment["RUNBOOK_NODE"] = context.node.name
        environment["RUNBOOK_RUN"] = run.description
        environment["RUNBOOK_STEP"] = step
    }

    private mutating func set(_ name: String, _ value: Value) throws(ExpressionError) {
        if case .secret(let reference) = value {
            secrets[name] = reference
        } else {
            environment[name] = try value.environmentText
        }
    }
}
