import Model

extension RunbookReader {
    /// `runbook: NAME` or `runbook: {name, parameters}`.
    func readInclude(_ node: YAMLNode, _ scope: ExpressionScope) -> Verb {
        let nameNode = node.scalar == nil ? node["name"] : node
        let name = nameNode?.scalar?.text ?? ""
        var given: [String: Template] = [:]
        let use = ValueUse(need: .anything, takesSecret: true)
        for entry in node["parameters"]?.entries ?? [] { given[entry.key] = template(entry.value, scope, use) }
        let tainted = Set(given.filter { isTainted($0.value, scope) }.keys)
        switch surroundings.include(name, tainted: tainted) {
        case .failure(let fault):
            report(nameNode ?? node, fault.message, hint: fault.hint)
            return .run(script: "")
        case .success(let included):
            extraSources += included.sources
            checkInclude(included, node, given, tainted)
            return .runbook(IncludedRunbook(runbook: included, parameters: convert(given, for: included)))
        }
    }

    private func isTainted(_ template: Template, _ scope: ExpressionScope) -> Bool {
        template.expressions.contains { (try? $0.check(in: scope).isTainted) ?? false }
    }

    private func checkInclude(
        _ included: Runbook, _ node: YAMLNode, _ given: [String: Template], _ tainted: Set<String>
    ) {
        for entry in node["parameters"]?.entries ?? [] {
            guard let parameter = included.parameters.first(where: { $0.name == entry.key }) else {
                reportUnknownParameter(entry, of: "'\(included.name)'", known: included.parameters)
                continue
            }
            guard entry.value.scalar?.text.contains("${{") != true else { continue }
            do throws(ValueError) {
                _ = try parameter.value(converting: entry.value.writtenValue)
            } catch {
                report(entry.value, "'\(entry.key)' does not fit: \(error.message)", hint: error.hint)
            }
        }
        for parameter in included.parameters
        where parameter.defaultValue == nil && !parameter.isOptional && parameter.secretSource == nil
            && given[parameter.name] == nil
        {
            report(
                node, "'\(included.name)' needs the parameter '\(parameter.name)'", hint: "add it under 'parameters'")
        }
        if included.targets == .controller, root.text("targets") != "controller" {
            report(node, "'\(included.name)' runs on the controller only")
        }
        if included.highestGate == .window, root["window"] == nil {
            report(
                node, "'\(included.name)' has steps that wait for a window, and this runbook names none",
                hint: "add window: {calendar: NAME}")
        }
    }

    /// Literals as the types that the included runbook declares.
    private func convert(_ given: [String: Template], for included: Runbook) -> [String: Template] {
        var converted = given
        for parameter in included.parameters {
            guard let value = given[parameter.name]?.literalValue,
                let typed = try? parameter.value(converting: value)
            else { continue }
            converted[parameter.name] = .literal(typed)
        }
        return converted
    }
}

extension Runbook {
    /// The highest gate that a step names.
    var highestGate: GateKind {
        steps.reduce(.none) { highest, step in
            var gate = step.gate ?? .none
            if case .runbook(let included) = step.verb { gate = max(gate, included.runbook.highestGate) }
            if case .escalate(let ladder) = step.verb {
                gate = max(gate, ladder.rungs.compactMap(\.gate).max() ?? .none)
            }
            return max(highest, gate)
        }
    }
}
