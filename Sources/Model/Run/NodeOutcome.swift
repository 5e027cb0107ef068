/// A node's end in a run.
package struct NodeOutcome: Sendable, Hashable, Codable {
    package var outcome: OutcomeClass
    /// One sentence: why.
    package var text: String
    /// What to do next, if there is something.
    package var hint: String?
    /// The step that failed.
    package var step: String?
    /// The failed step's last attempt.
    package var invocation: InvocationID?
    /// Steps that could not be undone.
    package var irreversible: [String]
    package var causes: [String]
    /// Held for `resume` or `rollback` (`on_failure: ask`).
    package var isHeld: Bool
    /// The other run that holds the node, so that nothing was done on it.
    package var holder: String?
    /// The undo that failed, where it ended `rollback_failed` over one.
    package var failedUndo: FailedUndo?

    package init(
        _ outcome: OutcomeClass, text: String = "", hint: String? = nil, step: String? = nil,
        invocation: InvocationID? = nil, irreversible: [String] = [], causes: [String] = [], isHeld: Bool = false,
        holder: String? = nil, failedUndo: FailedUndo? = nil
    ) {
        self.outcome = outcome
        self.text = text
        self.hint = hint
        self.step = step
        self.invocation = invocation
        self.irreversible = irreversible
        self.causes = causes
        self.isHeld = isHeld
        self.holder = holder
        self.failedUndo = failedUndo
    }
}
