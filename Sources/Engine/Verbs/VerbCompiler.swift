import Model

/// Lowers a runbook's steps for one node into fixed scripts whose values travel beside them.
package struct VerbCompiler: Sendable {
    let runbook: Runbook

    /// Creates a compiler for the steps of `runbook`.
    package init(runbook: Runbook) { self.runbook = runbook }

    /// The action of `step` on the node of `context`, or nil while it depends on a step that has not run.
    ///
    /// Throws for a value that is missing, of the wrong kind, or that came from a node and would steer something.
    package func compile(_ step: Step, in context: LoweringContext) throws(LoweringError) -> StepAction? {
        let lowering = StepLowering(step: step, runbook: runbook, context: context)
        do {
            return try lowering.action()
        } catch {
            switch error {
            case .notYet: return nil
            case .error(let error): throw error
            }
        }
    }
}
