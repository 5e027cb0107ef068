import Model

/// Lowers steps with the verbs that the program has.
package struct VerbLowering: StepCompiling {
    private let roles: [String: NodeSet]
    private let plugins: PluginPins

    /// Creates a compiler for an inventory's role hosts, and for the plugins of `plugin` steps.
    package init(roles: [String: NodeSet], plugins: PluginPins = PluginPins()) {
        self.roles = roles
        self.plugins = plugins
    }

    package func action(of step: Step, of runbook: Runbook, on node: LoweringTarget) throws -> StepAction? {
        try VerbCompiler(runbook: runbook).compile(
            step,
            in: LoweringContext(
                evaluation: node.evaluation, distribution: node.identity.distribution,
                distributionVersion: node.identity.distributionVersion, roles: roles, run: node.run,
                hasSystemd: node.identity.hasSystemd, plugins: plugins))
    }
}
