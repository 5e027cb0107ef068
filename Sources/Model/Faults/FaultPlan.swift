/// What a runbook is tested with: throwaway nodes, faults to break them with, and what is watched meanwhile.
package struct FaultPlan: Sendable, Hashable {
    /// The runbook's name.
    package var runbook: String
    package var nodes: [LabNode]
    /// Compared before and after, on every fault.
    package var watch: [WatchedThing]
    /// Folders in which a node writes by itself, besides those in which every node does.
    package var busy: [String]
    /// Values of the runbook's parameters, as an operator would type them.
    package var parameters: [String: String]
    /// Scripts that print the value of a parameter on the lab's nodes.
    package var printedParameters: [String: LabScript]
    package var faults: [Fault]
    /// The file, for messages.
    package var path: String

    package init(
        runbook: String, nodes: [LabNode], watch: [WatchedThing], busy: [String] = [], parameters: [String: String],
        printedParameters: [String: LabScript], faults: [Fault], path: String
    ) {
        self.runbook = runbook
        self.nodes = nodes
        self.watch = watch
        self.busy = busy
        self.parameters = parameters
        self.printedParameters = printedParameters
        self.faults = faults
        self.path = path
    }
}

/// A throwaway node.
package struct LabNode: Sendable, Hashable {
    package var name: String
    /// What the lab makes of it.
    package var roles: [String]
    /// Groups of the inventory that it is in, besides those of its roles.
    package var groups: [String]
    /// Variables of the inventory.
    package var variables: [String: Value]
    /// Makes it ready once it has booted, in order.
    package var setup: [LabScript]

    package init(
        name: String, roles: [String] = [], groups: [String] = [], variables: [String: Value] = [:],
        setup: [LabScript] = []
    ) {
        self.name = name
        self.roles = roles
        self.groups = groups
        self.variables = variables
        self.setup = setup
    }
}
