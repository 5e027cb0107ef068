import Model

/// A run that could be begun: whom it is about and with what, all checked; nothing was sent anywhere.
package struct PreparedRun: Sendable {
    package let header: RunHeader
    package let nodes: NodeSet
    package let warnings: [String]
    /// The runbook and all that it includes.
    package let sources: [SourceFile]
    /// The run that is undone.
    package var parent: RunID? { header.parent }

    let runbook: Runbook
    let inventory: Inventory
    let parameters: [String: [String: Value]]
    let triedRungs: [String: Set<String>]
    let approved: Plan?
    let become: Bool
    let isForced: Bool
    /// Why nobody is asked for approval.
    var breakGlass: String?
    /// What it may do where nobody attends it; nil where somebody does.
    var unattended: Schedule.Unattended?
    /// Whom its events are told.
    var notifications = Notifications()
    /// Whether a closed change window is waited for, and not a refusal.
    package var waitsForWindow = false

    /// The targets in the order of the run's target list.
    var targets: [Node] { header.targets.names.map { inventory.nodes[$0] ?? Node(name: $0) } }
}

/// How a run ended.
package struct RunEndState: Sendable {
    package let state: RunState
    package let plan: StoredPlan?
    package let exitStatus: Int
    /// What has to be known of the records that were made of it.
    package let notices: [String]
}
