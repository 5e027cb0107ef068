import Model

/// What is asked of the engine: one runbook on these nodes.
package struct RunRequest: Sendable {
    package var header: RunHeader
    package var runbook: Runbook
    /// For groups, role hosts and the number of nodes with a label's value.
    package var inventory: Inventory
    /// In the order of `header.targets`: an index of it names a target for ever.
    package var targets: [Node]
    /// Each target's parameters, checked, with defaults filled in.
    package var parameters: [String: [String: Value]]
    /// Targets that are surveyed at one time.
    package var fanout: Int
    /// Whether several targets may be one machine.
    package var allowsSharedMachines: Bool
    /// Rungs of `escalate` steps that were tried lately, by node: `STEP/RUNG`.
    package var triedRungs: [String: Set<String>]
    /// Of the supervisor's script.
    package var supervisorVersion: String
    /// Milliseconds since 1970 until which a plan is good at least: the end of the window that it waits for.
    package var windowEnd: Int?

    package init(
        header: RunHeader, runbook: Runbook, inventory: Inventory, targets: [Node],
        parameters: [String: [String: Value]] = [:], fanout: Int = 64, allowsSharedMachines: Bool = false,
        triedRungs: [String: Set<String>] = [:], supervisorVersion: String = "",
        windowEnd: Int? = nil
    ) {
        self.header = header
        self.runbook = runbook
        self.inventory = inventory
        self.targets = targets
        self.parameters = parameters
        self.fanout = fanout
        self.allowsSharedMachines = allowsSharedMachines
        self.triedRungs = triedRungs
        self.supervisorVersion = supervisorVersion
        self.windowEnd = windowEnd
    }
}
