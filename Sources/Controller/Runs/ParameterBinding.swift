import Model

/// Gives a runbook's parameters their values for each node: the operator's, else the default, which may differ by node.
struct ParameterBinding {
    private let runbook: Runbook
    private let given: [String: Value]

    /// Checks what the operator gave. Where a secret comes from is not theirs to say unless `acceptsSecrets`: this process
    /// would fetch it with its own rights.
    /// - Throws: `RequestError` that names the parameter and its mend.
    init(runbook: Runbook, given texts: [String: String], acceptsSecrets: Bool = true) throws {
        self.runbook = runbook
        var given: [String: Value] = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let parameter = runbook.parameters.first(where: { $0.name == name }) else {
                let near = Spelling.nearest(to: name, among: runbook.parameters.map(\.name))
                throw RequestError(
                    .usage, "Runbook '\(runbook.name)' has no parameter '\(name)'.",
                    hint: near.map { "Did you mean '\($0)'?" } ?? "runbook describe \(runbook.name) lists them.")
            }
            guard acceptsSecrets || parameter.type != .secret else {
                throw RequestError(
                    .refused, "The secret '\(name)' can't be chosen by whom the service works for.",
                    hint: "Whoever keeps the service names it in the runbook or in the inventory.")
            }
            do throws(ValueError) {
                given[name] = try parameter.value(parsing: text)
            } catch {
                throw RequestError(.usage, "Parameter '\(name)': \(error.message).", hint: error.hint)
            }
        }
        self.given = given
    }

    /// The values for one node.
    /// - Throws: `RequestError` for a parameter without a value, or with a default that does not fit on this node.
    func values(for node: Node) throws -> [String: Value] {
        var values: [String: Value] = [:]
        for parameter in runbook.parameters {
            if let value = given[parameter.name] {
                values[parameter.name] = value
            } else if let source = parameter.secretSource, parameter.type == .secret {
                values[parameter.name] = .secret(reference: source)
            } else if let template = parameter.defaultValue {
                values[parameter.name] = try value(of: template, parameter, node, values)
            } else if !parameter.isOptional {
                throw RequestError(
                    .usage,
                    "Runbook '\(runbook.name)' needs a value for '\(parameter.name)': \(parameter.description).",
                    hint: "Add --param \(parameter.name)=VALUE")
            }
        }
        return values
    }

    private func value(
        of template: Template, _ parameter: Parameter, _ node: Node, _ values: [String: Value]
    ) throws -> Value {
        do {
            let context = EvaluationContext(parameters: values, node: node)
            guard case .known(let value, _) = try template.evaluate(in: context) else { return .null }
            return value == .null && parameter.isOptional ? .null : try parameter.value(converting: value)
        } catch let error as ValueError {
            throw RequestError(
                .runbook,
                "The default of parameter '\(parameter.name)' does not fit on \(node.name): \(error.message).",
                hint: error.hint)
        } catch let error as ExpressionError {
            throw RequestError(
                .runbook,
                "The default of parameter '\(parameter.name)' can't be worked out on \(node.name): \(error.message).",
                hint: error.hint)
        }
    }
}
