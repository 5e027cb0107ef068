import Model

/// Groups and roles with their members.
struct ResolvedGroups: Sendable {
    var groups: [String: NodeSet]
    var roles: [String: NodeSet]
    /// Looks up what selectors name.
    var lookup: GroupLookup
}

/// Answers for groups and labels while an inventory is built.
struct GroupLookup: NodeSetResolver {
    var allNodes: NodeSet
    var groups: [String: NodeSet]
    /// Node names by label and value.
    var labels: [String: [String: [String]]]
    /// Of groups, those not resolved yet included.
    var knownNames: Set<String> = []

    func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet {
        if let source {
            let values = labels[source] ?? [:]
            if name == "*" { return NodeSet(names: values.values.joined()) }
            if let names = values[name] { return NodeSet(names: names) }
            throw .unknownGroup(name, source: source, near: Self.near(name, values.keys.sorted()))
        }
        if name == "*" { return allNodes }
        if let members = groups[name] { return members }
        throw .unknownGroup(name, source: nil, near: Self.near(name, knownNames.union(groups.keys).sorted()))
    }

    static func near(_ name: String, _ names: [String]) -> [String] {
        Spelling.nearest(to: name, among: names).map { [$0] } ?? []
    }
}

/// Resolves groups that name groups, finding circles.
struct GroupResolver {
    let draft: InventoryDraft
    let dynamic: [DynamicNodes]
    let nodes: NodeSet
    let labels: [String: [String: [String]]]
    let bag: DiagnosticBag

    func resolved() -> ResolvedGroups {
        var lookup = GroupLookup(allNodes: nodes, groups: [:], labels: labels, knownNames: Set(draft.groups.keys))
        for (name, members) in dynamic.flatMap({ Array($0.groups) }) {
            lookup.groups[name] = lookup.groups[name].map { $0.union(members) } ?? members
        }
        var path: [String] = []
        var done: Set<String> = []
        for name in draft.groups.keys.sorted() { resolve(name, &lookup, &path, &done) }
        var roles: [String: NodeSet] = [:]
        for (name, set) in draft.roles { roles[name] = members(set, "role '\(name)'", lookup) }
        return ResolvedGroups(groups: lookup.groups, roles: roles, lookup: lookup)
    }

    private func resolve(_ name: String, _ lookup: inout GroupLookup, _ path: inout [String], _ done: inout Set<String>)
    {
        guard let set = draft.groups[name], !done.contains(name) else { return }
        path.append(name)
        defer { path.removeLast() }
        for reference in set.texts.flatMap(Self.references) where draft.groups[reference] != nil {
            if let start = path.firstIndex(of: reference) {
                let circle = (path[start...] + [reference]).map { "@\($0)" }.joined(separator: " → ")
                bag.add(set.place.diagnostic("the groups name each other: \(circle)", hint: "break the circle"))
                done.formUnion(path)
                for member in path where lookup.groups[member] == nil { lookup.groups[member] = NodeSet() }
                return
            }
            // A hostile chain of groups must not exhaust the stack.
            if path.count > 200 {
                bag.add(set.place.diagnostic("groups name each other more than 200 deep"))
                return
            }
            resolve(reference, &lookup, &path, &done)
        }
        guard done.insert(name).inserted else { return }
        lookup.groups[name] = members(set, "group '\(name)'", lookup)
    }

    /// The groups that a text names: `gpu` of `@gpu&@rack:r1`, `r1` to `r3` of `@r[1-3]`. What is no syntax is left
    /// to the parser.
    private static func references(_ text: String) -> [String] {
        var references: [String] = []
        var current: String?
        var depth = 0
        for character in text + "," {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if depth == 0, ",&!^ ".contains(character) {
                if let name = current, !name.contains(":") {
                    references += name.contains("[") ? (try? NodeSet(parsing: name).names) ?? [] : [name]
                }
                current = nil
            } else if character == "@", current == nil {
                current = ""
            } else {
                current?.append(character)
            }
        }
        return references
    }

    private func members(_ set: InventoryDraft.NamedSet, _ what: String, _ lookup: GroupLookup) -> NodeSet {
        var parts: [NodeSet] = []
        for (text, place) in zip(set.texts, set.places) {
            do throws(NodeSetError) {
                var part = try NodeSet(parsing: text, resolver: lookup)
                let strangers = part.subtracting(nodes)
                if !strangers.isEmpty {
                    // Sources may list them later.
                    let severity: Diagnostic.Severity = draft.sources.isEmpty ? .error : .warning
                    bag.add(
                        place.diagnostic(
                            "\(what) names \(strangers.count == 1 ? "a node that is" : "\(strangers.count) nodes that are") not in the inventory: \(strangers.folded)",
                            hint: "check the zeros (gpu1 is not gpu01), or add them under 'nodes'", severity: severity))
                    part = part.subtracting(strangers)
                }
                parts.append(part)
            } catch {
                bag.add(place.diagnostic(error.sentence.asDiagnostic, hint: error.mend.asDiagnostic))
            }
        }
        return NodeSet(joining: parts)
    }
}
