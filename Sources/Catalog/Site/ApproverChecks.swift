import Model

/// Holds those who may approve against the persons and roles that the inventory declares.
struct ApproverChecks {
    let access: AccessFile?
    let report: SiteReport

    func check(_ root: YAMLNode) {
        let blocks = [root["approve"]] + root.list("steps").map { $0["approve"] }
        guard let access else {
            if let first = blocks.lazy.compactMap({ $0?.list("approvers").first }).first {
                report.warn(
                    first, "nobody can approve: the inventory has no 'access'",
                    "docs/approvals.md says how to declare persons and roles")
            }
            return
        }
        for block in blocks.compactMap(\.self) { check(block, access) }
    }

    private func check(_ block: YAMLNode, _ access: AccessFile) {
        var persons: Set<String> = []
        var areKnown = true
        for place in block.list("approvers") {
            guard let text = place.scalar?.text else { continue }
            if let name = text.after("role:") {
                let role = access.roles.first { $0.name == name }
                if role == nil { stranger(place, name, noun: "role", known: access.roles.map(\.name)) }
                areKnown = areKnown && role != nil
                persons.formUnion(role?.persons ?? [])
            } else {
                let isKnown = access.persons.contains { $0.name == text }
                if !isKnown { stranger(place, text, noun: "person", known: access.persons.map(\.name)) }
                areKnown = areKnown && isKnown
                persons.insert(text)
            }
        }
        let minimum = block.integer("min_approvals") ?? 1
        if areKnown, persons.count < minimum {
            report.error(
                block["min_approvals"] ?? block,
                "\(minimum) approvals are needed, but only \(persons.count) may give one",
                persons.isEmpty ? "the roles have no members" : "that is \(persons.sorted().joined(separator: ", "))")
        }
    }

    private func stranger(_ place: YAMLNode, _ name: String, noun: String, known: [String]) {
        let near = Spelling.nearest(to: name, among: known)
        report.error(
            place, "the inventory's 'access' has no \(noun) '\(SafeText(name).singleLine)'",
            near.map { "did you mean '\($0)'?" }
                ?? (known.isEmpty
                    ? "declare it under '\(noun)s'" : "there are \(known.sorted().joined(separator: ", "))"))
    }
}
