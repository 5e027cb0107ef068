import Model

extension RunbookReader {
    func readParameters() -> [Parameter] {
        let entries = root["parameters"]?.entries ?? []
        let declared = entries.map { readParameter($0) }
        let secretFiles = Set(declared.filter { $0.type == .secret }.map { $0.name + "_file" })
        for entry in entries where secretFiles.contains(entry.key) {
            report(entry.keyMark, "the name '\(entry.key)' is taken by the file of a secret", hint: "choose another")
        }
        // Defaults may use no other parameter, so that their order does not matter.
        return zip(entries, declared).map { entry, parameter in
            var parameter = parameter
            parameter.defaultValue = readDefault(entry.value["default"], of: parameter)
            return parameter
        }
    }

    private func readParameter(_ entry: YAMLEntry) -> Parameter {
        if let problem = ParameterName.problem(with: entry.key) {
            report(entry.keyMark, problem.message, hint: problem.hint)
        }
        let node = entry.value
        let type = readType(node["type"])
        let parameter = Parameter(
            name: entry.key, type: type, description: node.text("description") ?? "", defaultValue: nil,
            isOptional: node.bool("optional") ?? false, minimum: value(node["min"], type),
            maximum: value(node["max"], type), pattern: pattern(node["pattern"]),
            allowedValues: node.list("allowed_values").compactMap { value($0, type) },
            secretSource: node.text("from"), position: source.position(entry.keyMark))
        check(parameter, node)
        return parameter
    }

    private func check(_ parameter: Parameter, _ node: YAMLNode) {
        if let from = node["from"], parameter.type != .secret {
            report(from, "'from' is for secrets only", hint: "declare type: secret")
        }
        if parameter.type == .secret {
            for key in ["pattern", "min", "max", "allowed_values", "default"] {
                if let value = node[key] {
                    report(value, "a secret has no '\(key)'", hint: "say where it comes from with 'from'")
                }
            }
        }
        let scalar = parameter.type.innermost
        for key in ["min", "max"] {
            if let limit = node[key], !scalar.isOrdered {
                report(
                    limit, "\(scalar.text) has no order, so no '\(key)'",
                    hint: scalar.isText ? "limit it with 'pattern'" : nil)
            }
        }
        if let pattern = node["pattern"], !scalar.isText, parameter.type != .secret {
            report(pattern, "a pattern is for text, not for \(scalar.text)")
        }
    }

    private func readType(_ node: YAMLNode?) -> ValueType {
        guard let node, let text = node.scalar?.text else { return .string }
        do throws(ValueError) {
            return try ValueType(parsing: text)
        } catch {
            report(node, error.message, hint: error.hint)
            return .string
        }
    }

    private func value(_ node: YAMLNode?, _ type: ValueType) -> Value? {
        guard let node else { return nil }
        do throws(ValueError) {
            return try type.innermost.value(converting: node.writtenValue)
        } catch {
            report(node, error.message, hint: error.hint)
            return nil
        }
    }

    private func readDefault(_ node: YAMLNode?, of parameter: Parameter) -> Template? {
        guard let node, parameter.type != .secret else { return nil }
        if let scalar = node.scalar, scalar.text.contains("${{") {
            var scope = ExpressionScope(roots: ["node"])
            scope.probes = []
            guard let template = template(node, scope, ValueUse(need: .anything, refusesTaint: true)) else {
                return nil
            }
            return template
        }
        do throws(ValueError) {
            return .literal(try parameter.value(converting: node.writtenValue))
        } catch {
            report(node, "the default of '\(parameter.name)' does not fit: \(error.message)", hint: error.hint)
            return nil
        }
    }
}

extension ValueType {
    /// What a list's items or a map's values are; itself otherwise.
    var innermost: ValueType {
        switch self {
        case .list(let item): item.innermost
        case .map(let value): value.innermost
        default: self
        }
    }

    var isOrdered: Bool {
        switch self {
        case .int, .float, .duration, .size, .percent: true
        default: false
        }
    }

    /// Whether its values can hold nothing unforeseen.
    var isClosed: Bool {
        switch self {
        case .int, .float, .bool, .duration, .size, .percent, .enumeration: true
        default: false
        }
    }

    var isText: Bool {
        switch self {
        case .string, .path, .url, .ip, .cidr, .host, .nodeset: true
        default: false
        }
    }
}
