import Model

extension InventoryReader {
    /// Change rules in the order in which they are written; the same name twice is an error that names both places.
    func readChangeRules(_ root: YAMLNode) {
        for entry in root["change_rules"]?.entries ?? [] where isName(entry, of: "a change rule") {
            let position = position(entry.keyMark)
            if let former = draft.changeRules.first(where: { $0.name == entry.key }) {
                report(
                    entry.keyMark, "the change rule '\(entry.key)' is set twice",
                    hint: "the first is at \(former.position)")
                continue
            }
            if let set = entry.value["nodes"], let text = set.scalar?.text, let fault = SelectorSyntax.fault(in: text) {
                report(set.mark, fault.message, hint: fault.hint)
            }
            let keys = GovernanceKeys { [unowned self] node, message, hint in
                self.report(node.mark, message, hint: hint)
            }
            draft.changeRules.append(
                ChangeRule(
                    name: entry.key, runbooks: entry.value.texts("runbooks"), nodes: entry.value.text("nodes"),
                    approve: entry.value["approve"].map(keys.approval),
                    window: entry.value["window"].map(keys.window),
                    notify: entry.value["notify"].map { keys.notifications($0, position: self.position) },
                    position: position))
        }
    }
}
