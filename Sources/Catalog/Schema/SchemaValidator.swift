import Model

/// Holds a file against shapes and reports everything that does not fit, with the mend. Expressions and patterns are
/// left to who reads them.
struct SchemaValidator {
    let source: SourceText
    let bag: DiagnosticBag

    func check(_ node: YAMLNode, _ shape: Shape, what: String) {
        switch shape {
        case .anything: return
        case .list(let item): checkList(node, item, shape, what: what)
        case .oneOrMore(let item):
            if node.items != nil {
                checkList(node, item, shape, what: what)
            } else {
                check(node, item, what: what)
            }
        case .map(let value): checkMap(node, value, shape, what: what)
        case .block(let block): checkBlock(node, block.schema, what: what)
        case .either(let shapes):
            guard let fitting = shapes.first(where: { $0.takesKind(of: node) }) else {
                return report(node, "\(what) must be \(shape.expectation), not \(node.kindName)")
            }
            check(node, fitting, what: what)
        default: checkScalar(node, shape, what: what)
        }
    }

    // MARK: Lists and blocks

    private func checkList(_ node: YAMLNode, _ item: Shape, _ shape: Shape, what: String) {
        guard let items = node.items else {
            return report(
                node, "\(what) must be a list, not \(node.kindName)",
                hint: node.scalar.map { $0.text.isEmpty ? "leave it out" : "write [\($0.text)]" })
        }
        for node in items { check(node, item, what: "an item of \(what)") }
    }

    private func checkMap(_ node: YAMLNode, _ shape: Shape, _ whole: Shape, what: String) {
        guard let entries = node.entries else {
            return report(node, "\(what) must be a block of keys, not \(node.kindName)")
        }
        for entry in entries {
            if case .block(let block) = shape {
                check(entry.value, shape, what: "\(block.schema.noun) '\(entry.key)'")
            } else {
                check(entry.value, shape, what: "'\(entry.key)' in \(what)")
            }
        }
    }

    private func checkBlock(_ node: YAMLNode, _ schema: BlockSchema, what: String) {
        if node.isNull, schema.mayBeEmpty { return }
        guard let entries = node.entries else {
            return report(
                node, "\(what) must be a block of keys, not \(node.kindName)",
                hint: schema.keys.first { $0.isRequired }.map { "it begins with '\($0.name):'" })
        }
        let name = label(node, schema, what: what)
        for entry in entries {
            guard let key = schema.key(entry.key) else {
                unknown(entry, schema, in: name)
                continue
            }
            check(entry.value, key.shape, what: "'\(key.name)' in \(name)")
        }
        checkCompleteness(node, entries.map(\.key), schema, name: name)
    }

    /// `step 'drain'`, or what the place says.
    private func label(_ node: YAMLNode, _ schema: BlockSchema, what: String) -> String {
        if let name = (node["name"] ?? node["id"])?.scalar?.text, schema.key("name") ?? schema.key("id") != nil {
            return "\(schema.noun) '\(name)'"
        }
        if what.hasPrefix("an item of") { return "a \(schema.noun)" }
        return what.hasPrefix("'") ? schema.noun : what
    }

    private func unknown(_ entry: YAMLEntry, _ schema: BlockSchema, in name: String) {
        let known = schema.keys.map(\.name)
        let hint =
            OtherTools.hint(entry.key, in: schema.noun)
            ?? Spelling.nearest(to: entry.key, among: known).map { "did you mean '\($0)'?" }
            ?? (known.count <= 10 ? "there are \(known.joined(separator: ", "))" : nil)
        bag.add(diagnostic(entry.keyMark, "unknown key '\(entry.key)' in \(name)", hint: hint))
    }

    private func checkCompleteness(_ node: YAMLNode, _ present: [String], _ schema: BlockSchema, name: String) {
        for key in schema.keys where key.isRequired && !present.contains(key.name) {
            report(node, "\(name) has no '\(key.name)'", hint: "it is \(key.shape.expectation)")
        }
        for group in schema.exactlyOne {
            let found = group.filter(present.contains)
            if found.isEmpty {
                report(node, "\(name) does nothing", hint: "it needs one of \(group.joined(separator: ", "))")
            } else if found.count > 1 {
                conflict(node, found, name: name)
            }
        }
        for group in schema.atLeastOne where !group.contains(where: present.contains) {
            report(
                node, "\(name) says nothing",
                hint: "it needs \(group.count > 1 ? "one of " : "")\(group.joined(separator: ", "))")
        }
        for group in schema.atMostOne {
            let found = group.filter(present.contains)
            if found.count > 1 { conflict(node, found, name: name) }
        }
    }

    private func conflict(_ node: YAMLNode, _ keys: [String], name: String) {
        let second = node.entries?.filter { keys.contains($0.key) }.dropFirst().first
        let list = keys.map { "'\($0)'" }.joined(separator: " and ")
        bag.add(
            diagnostic(second?.keyMark ?? node.mark, "\(name) can't have \(list) together", hint: "keep one of them"))
    }

    // MARK: Reports

    func report(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        bag.add(diagnostic(node.mark, message, hint: hint))
    }

    func diagnostic(
        _ mark: YAMLMark, _ message: String, hint: String? = nil, severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(severity, at: source.position(mark), message, hint: hint, sourceLine: source.line(mark))
    }
}

extension Shape {
    /// Whether the node's kind (scalar, list or block) is the shape's.
    func takesKind(of node: YAMLNode) -> Bool {
        switch (self, node.content) {
        case (.anything, _): true
        case (.list, .sequence), (.oneOrMore, .sequence): true
        case (.map, .mapping), (.block, .mapping): true
        case (.list, _), (.map, _), (.block, _): false
        case (.oneOrMore(let item), _): item.takesKind(of: node)
        case (.either(let shapes), _): shapes.contains { $0.takesKind(of: node) }
        case (_, .scalar): true
        default: false
        }
    }
}
