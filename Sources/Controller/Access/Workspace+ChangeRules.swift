import Foundation
import Governance
import Model

extension Workspace {
    /// The change rules for runs of `runbook`, whatever nodes they are about; none where there is no inventory.
    /// - Throws: `DiagnosticsError`.
    package func changeRules(for runbook: String) throws -> [ChangeRule] {
        guard held != nil || settings.inventory.allSatisfy(FileManager.default.fileExists) else { return [] }
        return ChangeRules(try declared().changeRules) { _, _ in NodeSet(names: []) }.holding(for: runbook, on: nil)
    }

    /// The change rules for a run of `runbook` on `nodes` of `inventory`.
    /// - Throws: `DiagnosticsError`, also for a rule whose nodes can't be told.
    func changeRules(for runbook: String, on nodes: NodeSet, of inventory: Inventory) throws -> [ChangeRule] {
        try ChangeRules(try declared().changeRules) { rule, text in
            do throws(NodeSetError) {
                return try NodeSet(parsing: text, resolver: inventory)
            } catch {
                throw DiagnosticsError([
                    Diagnostic(
                        .error, at: rule.position, "the nodes of the change rule '\(rule.name)': \(error.sentence)",
                        hint: error.mend)
                ])
            }
        }.holding(for: runbook, on: nodes)
    }
}

extension ChangeRule {
    /// What it makes of a run, for its operator.
    var notice: String {
        let parts = [
            approve.map { "who approves: \($0.minimum) of \($0.approvers.joined(separator: ", "))" },
            window.map { "the window: \($0.calendar)" },
            notify.map { "who is told: \(Set($0.receivers.values.joined()).sorted().joined(separator: ", "))" },
        ]
        return "the site's change rule '\(name)' (\(position)) sets \(parts.compactMap(\.self).joined(separator: "; "))"
    }
}
