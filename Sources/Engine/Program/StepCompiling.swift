import Model

/// Lowers steps to fixed scripts and their values.
package protocol StepCompiling: Sendable {
    /// What `step` of `runbook` does on one node; nil while it depends on a step that has not run.
    /// - Throws: when it can't be carried out there at all, such as a package that has no name on this distribution.
    func action(of step: Step, of runbook: Runbook, on node: LoweringTarget) throws -> StepAction?
}

/// What lowering may know of one node.
package struct LoweringTarget: Sendable {
    package var evaluation: EvaluationContext
    package var identity: NodeIdentity
    /// Roles that any host of the inventory has.
    package var roles: Set<String>
    package var run: RunID

    package init(evaluation: EvaluationContext, identity: NodeIdentity, roles: Set<String>, run: RunID) {
        self.evaluation = evaluation
        self.identity = identity
        self.roles = roles
        self.run = run
    }
}
