import Model

/// The JSON Schema (draft 2020-12) of each kind of file, for editors that complete and check while one types.
package enum FormatSchema: String, Sendable, CaseIterable {
    case runbook, probes, faults, inventory, plugin, cases

    /// The schema's text, the same for the same program.
    package var json: String { JSONSchemaWriter(root: root, title: title, id: "\(rawValue).schema.json").text }

    var root: Block {
        switch self {
        case .runbook: .runbook
        case .probes: .sharedProbes
        case .faults: .faults
        case .inventory: .inventory
        case .plugin: .pluginManifest
        case .cases: .cases
        }
    }

    private var title: String {
        switch self {
        case .runbook: "A runbook"
        case .probes: "Probes that runbooks share"
        case .faults: "A runbook's faults"
        case .inventory: "An inventory"
        case .plugin: "A plugin's manifest"
        case .cases: "Support cases"
        }
    }
}

/// Writes a block and all that it is made of as one JSON Schema.
struct JSONSchemaWriter {
    let root: Block
    let title: String
    let id: String

    var text: String {
        var definitions: [String: Value] = [:]
        for block in root.reachable where block != root { definitions[block.rawValue] = definition(block) }
        guard case .map(var schema) = definition(root) else { return "{}" }
        schema["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
        schema["$id"] = .string(id)
        schema["title"] = .string(title)
        schema["$defs"] = .map(definitions)
        return JSONPrinter.text(.map(schema)) + "\n"
    }

    private func definition(_ block: Block) -> Value {
        let schema = block.schema
        var properties: [String: Value] = [:]
        for key in schema.keys {
            guard case .map(var property) = self.schema(key.shape) else { continue }
            property["description"] = .string(key.doc)
            properties[key.name] = .map(property)
        }
        var result: [String: Value] = [
            "type": .string("object"), "description": .string(schema.doc), "properties": .map(properties),
            "additionalProperties": .bool(false),
        ]
        let required = schema.keys.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { result["required"] = .list(required) }
        let rules = rules(schema)
        if !rules.isEmpty { result["allOf"] = .list(rules) }
        guard schema.mayBeEmpty else { return .map(result) }
        return .map(["anyOf": .list([.map(result), .map(["type": .string("null")])])])
    }

    private func rules(_ schema: BlockSchema) -> [Value] {
        func demand(_ keys: [String]) -> Value { .map(["required": .list(keys.map(Value.string))]) }
        var rules = schema.exactlyOne.map { Value.map(["oneOf": .list($0.map { demand([$0]) })]) }
        rules += schema.atLeastOne.map { .map(["anyOf": .list($0.map { demand([$0]) })]) }
        for group in schema.atMostOne {
            for (index, first) in group.enumerated() {
                for second in group[(index + 1)...] { rules.append(.map(["not": demand([first, second])])) }
            }
        }
        return rules
    }

    private static let expression = Value.map([
        "type": .string("string"), "pattern": .string("\\$\\{\\{.*\\}\\}"),
    ])

    private func schema(_ shape: Shape) -> Value {
        switch shape {
        case .line: return string("^[^\\n\\r]*$")
        case .text, .script, .pattern: return .map(["type": .string("string")])
        case .condition: return types(["string", "boolean"])
        case .textTemplate, .lineTemplate: return types(["string", "number", "boolean"])
        case .word(let form):
            return .map([
                "type": .list([.string("string"), .string("integer")]), "pattern": .string("^(?:\(form.pattern))$"),
            ])
        case .integer(let range):
            return .map([
                "type": .string("integer"), "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound),
            ])
        case .boolean: return types(["boolean"])
        case .duration: return string(Self.duration)
        case .durationTemplate: return .map(["anyOf": .list([string(Self.duration), Self.expression])])
        case .sizeTemplate:
            return .map(["anyOf": .list([string(Self.size), .map(["const": .int(0)]), Self.expression])])
        case .percent: return string("^[0-9]+(\\.[0-9]+)?%$")
        case .share:
            return .map([
                "anyOf": .list([
                    .map(["type": .string("integer"), "minimum": .int(0)]), string("^[0-9]+(\\.[0-9]+)?%$"),
                ])
            ])
        case .choice(let words): return .map(["enum": .list(words.map(Value.string))])
        case .list(let item): return .map(["type": .string("array"), "items": schema(item)])
        case .oneOrMore(let item):
            return .map(["anyOf": .list([schema(item), .map(["type": .string("array"), "items": schema(item)])])])
        case .map(let value): return .map(["type": .string("object"), "additionalProperties": schema(value)])
        case .block(let block): return .map(["$ref": .string("#/$defs/\(block.rawValue)")])
        case .either(let shapes): return .map(["anyOf": .list(shapes.map(schema))])
        case .anything: return .map([:])
        }
    }

    private static let duration = "^([0-9]+(w|d|h|m|s|ms))+$"
    private static let size = "^[0-9]+(\\.[0-9]+)?([kKMGTP]B|[KMGTP]iB|B)$"

    private func string(_ pattern: String) -> Value {
        .map(["type": .string("string"), "pattern": .string(pattern)])
    }

    private func types(_ names: [String]) -> Value {
        .map(["type": names.count == 1 ? .string(names[0]) : .list(names.map(Value.string))])
    }
}

extension Block {
    /// This block and every block inside it, in the order of their first mention.
    var reachable: [Block] {
        var found: [Block] = []
        var pending = [self]
        while !pending.isEmpty {
            let block = pending.removeFirst()
            guard !found.contains(block) else { continue }
            found.append(block)
            pending += block.schema.keys.flatMap(\.shape.blocks)
        }
        return found
    }
}

extension Shape {
    var blocks: [Block] {
        switch self {
        case .block(let block): [block]
        case .list(let item), .oneOrMore(let item), .map(let item): item.blocks
        case .either(let shapes): shapes.flatMap(\.blocks)
        default: []
        }
    }
}
