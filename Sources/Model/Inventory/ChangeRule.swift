/// What a site asks of the changes that some runbooks make on some nodes, whatever the runbooks ask for themselves.
package struct ChangeRule: Sendable, Hashable {
    package var name: String
    /// Names of runbooks, with `*` and `?`; empty for all.
    package var runbooks: [String]
    /// A node-set expression: the rule holds for a run that is about any of these. Nil: for every run.
    package var nodes: String?
    /// Who must approve, in place of whom a runbook names; nil where the rule does not say.
    package var approve: Approval?
    /// In which window changes are made, in place of a runbook's own; nil where the rule does not say.
    package var window: WindowRequirement?
    /// Who is told, beside those whom a runbook names.
    package var notify: Notifications?
    package var position: SourcePosition

    package init(
        name: String, runbooks: [String] = [], nodes: String? = nil, approve: Approval? = nil,
        window: WindowRequirement? = nil, notify: Notifications? = nil, position: SourcePosition
    ) {
        self.name = name
        self.runbooks = runbooks
        self.nodes = nodes
        self.approve = approve
        self.window = window
        self.notify = notify
        self.position = position
    }
}
