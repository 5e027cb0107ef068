import Model

/// What an operator asks for, as they typed it.
package struct RunOrder: Sendable {
    package var kind: RunHeader.Kind
    /// The runbook's name; empty for `exec`.
    package var runbook: String
    /// The node-set expression; nil where `previous` says which nodes.
    package var selector: String?
    /// Nodes of an earlier run, by how they ended.
    package var previous: PreviousNodes?
    package var parameters: [String: String]
    /// The number of nodes that it must be, or nothing is done.
    package var expected: Int?
    /// What `exec` runs, word by word.
    package var command: [String]
    /// Whether `exec` runs as the inventory's become user.
    package var become: Bool
    /// A plan file's text, to be carried out exactly.
    package var planFile: PlanFile?
    /// Why approvals and windows are gone past; nil in peace.
    package var breakGlass: String?
    /// Whether only that evidence is collected which tells causes apart.
    package var skipsEvidence = false
    /// Who asks for it, where that is not the user of this process.
    package var requester: Requester?
    /// The run's id, where it was chosen before.
    package var id: RunID?
    /// What a run may do that nobody attends; nil for one that somebody does.
    package var unattended: Schedule.Unattended?

    package init(
        kind: RunHeader.Kind, runbook: String = "", selector: String? = nil, previous: PreviousNodes? = nil,
        parameters: [String: String] = [:], expected: Int? = nil, command: [String] = [], become: Bool = false,
        planFile: PlanFile? = nil, breakGlass: String? = nil
    ) {
        self.kind = kind
        self.runbook = runbook
        self.selector = selector
        self.previous = previous
        self.parameters = parameters
        self.expected = expected
        self.command = command
        self.become = become
        self.planFile = planFile
        self.breakGlass = breakGlass
    }
}

/// Nodes of an earlier run that ended as one of some classes.
package struct PreviousNodes: Sendable, Hashable {
    /// The run's id or its beginning, or `last`.
    package var run: String
    package var outcomes: Set<OutcomeClass>

    package init(run: String, outcomes: Set<OutcomeClass>) {
        self.run = run
        self.outcomes = outcomes
    }
}
