/// What the access file may allow somebody.
package enum AccessAction: String, Sendable, Hashable, Codable, CaseIterable {
    /// Carry a runbook out, go on with such a run, cancel it.
    case apply
    case approve, deny
    /// Any command on nodes.
    case exec
    /// Pause schedules and let them go on.
    case schedule
    /// Runs, outputs, the audit trail.
    case read
    /// Take the audit trail and reports out.
    case export
    /// Go past approvals and windows.
    case breakGlass = "break_glass"
    case rollback
    /// Ask nodes without changing them: `diagnose`, `plan`, `--dry-run`, `nodes ping`.
    case diagnose
    /// Care for the installation: host keys of nodes, what the database keeps, anchors of the audit trail.
    case maintain
}
