import Model

/// What a step is lowered against: the values of one node, and what is known of the node itself.
package struct LoweringContext: Sendable {
    package var evaluation: EvaluationContext
    /// `ID` of the node's `/etc/os-release`, such as `debian` or `amzn`.
    package var distribution: String
    /// `VERSION_ID` of it, such as `12` or `9.3`.
    package var distributionVersion: String
    /// The inventory's role hosts.
    package var roles: [String: NodeSet]
    package var run: RunID
    /// Whether the node is run by systemd.
    package var hasSystemd: Bool
    package var plugins: PluginPins

    /// Creates a context.
    package init(
        evaluation: EvaluationContext, distribution: String, distributionVersion: String, roles: [String: NodeSet],
        run: RunID, hasSystemd: Bool, plugins: PluginPins = PluginPins()
    ) {
        self.evaluation = evaluation
        self.distribution = distribution
        self.distributionVersion = distributionVersion
        self.roles = roles
        self.run = run
        self.hasSystemd = hasSystemd
        self.plugins = plugins
    }
}
