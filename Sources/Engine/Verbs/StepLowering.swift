import Model

/// One step on one node, on its way to an action.
struct StepLowering {
    let step: Step
    let runbook: Runbook
    let context: LoweringContext

    /// Why there is no action.
    enum Stop: Error {
        /// It depends on a step that has not run.
        case notYet
        case error(LoweringError)
    }

    func action() throws(Stop) -> StepAction {
        throw stop(.unsupported, step.verb.keyword, "this verb isn't known")
    }

    func stop(_ code: LoweringError.Code, _ key: String, _ message: String, hint: String? = nil) -> Stop {
        .error(
            LoweringError(code: code, step: step.name, key: key, message: message, hint: hint, position: step.position))
    }
}
