import Model

/// Holds the inventory's change rules against what else it declares, and against the runbooks.
package struct ChangeRuleChecks {
    private let site: LoadedInventory
    /// Of all runbooks there are, wrong ones too.
    private let names: [String]

    package init(_ site: LoadedInventory, names: [String]) {
        self.site = site
        self.names = names
    }

    /// Rules that ask for what there is not: a runbook, nodes, approvers, a calendar.
    package func problems() -> [Diagnostic] { site.changeRules.flatMap(problems) }

    private func problems(of rule: ChangeRule) -> [Diagnostic] {
        runbookProblems(rule) + nodeProblems(rule) + approverProblems(rule) + calendarProblems(rule)
    }

    private func runbookProblems(_ rule: ChangeRule) -> [Diagnostic] {
        rule.runbooks.filter { name in !name.contains { "*?!,".contains($0) } && !names.contains(name) }.map { name in
            let near = Spelling.nearest(to: name, among: names)
            return Diagnostic(
                .error, at: rule.position,
                "the change rule '\(rule.name)' is for '\(SafeText(name).singleLine)', and there is no such runbook",
                hint: near.map { "did you mean '\($0)'?" } ?? "runbook list shows those there are")
        }
    }

    private func nodeProblems(_ rule: ChangeRule) -> [Diagnostic] {
        guard site.knowsAllNodes, let text = rule.nodes, let fault = site.inventory.fault(selecting: text) else {
            return []
        }
        return [
            Diagnostic(
                .error, at: rule.position,
                "the nodes of the change rule '\(rule.name)' can't be told: \(fault.message)", hint: fault.hint)
        ]
    }

    private func approverProblems(_ rule: ChangeRule) -> [Diagnostic] {
        guard let approval = rule.approve else { return [] }
        return ApproverChecks(access: site.access).faults(of: approval).map { fault in
            Diagnostic(
                .error, at: rule.position, "the change rule '\(rule.name)' can't be met: \(fault.message)",
                hint: fault.hint)
        }
    }

    private func calendarProblems(_ rule: ChangeRule) -> [Diagnostic] {
        guard let name = rule.window?.calendar else { return [] }
        let known = site.calendars.map(\.name)
        guard !known.contains(name) else { return [] }
        let near = Spelling.nearest(to: name, among: known)
        return [
            Diagnostic(
                .error, at: rule.position,
                "the change rule '\(rule.name)' names the calendar '\(SafeText(name).singleLine)', which is not declared",
                hint: near.map { "did you mean '\($0)'?" } ?? "declare it under 'windows' in Inventory/windows.yaml")
        ]
    }
}
