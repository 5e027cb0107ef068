import Model

extension StepLowering {
    /// A script of the author's. Its `check` predicts it; its `undo` undoes it, with what `capture` printed.
    func run(_ script: String) throws(Stop) -> StepProgram {
        let environment = try scriptEnvironment()
        let grade: UndoGrade =
            step.isIrreversible || step.undo == nil ? .irreversible : step.capture == nil ? .compensating : .exact
        let isUndoable = grade != .irreversible
        return StepProgram(
            predict: try step.check.map { check throws(Stop) in try authored(check, in: environment) },
            capture: try isUndoable ? step.capture.map { own throws(Stop) in try authored(own, in: environment) } : nil,
            apply: try authored(script, in: environment),
            undo: try isUndoable ? step.undo.map { own throws(Stop) in try authored(own, in: environment) } : nil,
            grade: grade, effect: step.effect ?? .once, location: location, summary: "run a script",
            undoSummary: isUndoable ? "run its undo script" : "cannot be undone")
    }
}
