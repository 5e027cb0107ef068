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
        switch step.verb {
        case .run(let script): .program(try run(script))
        case .file(let verb): .program(try file(verb))
        case .edit(let verb): .program(try edit(verb))
        case .service(let verb): .program(try service(verb))
        case .package(let verb): .program(try package(verb))
        case .setting(let verb): .program(try setting(verb))
        case .mount(let verb): .program(try mount(verb))
        case .user(let verb): .program(try user(verb))
        case .drain(let verb): try drain(verb)
        case .undrain(let verb): .undrain(verb)
        case .reboot(let verb): .reboot(try reboot(), timeout: verb.timeout)
        case .wait(let verb): .wait(try authored(verb.probe, in: try scriptEnvironment()), verb)
        case .approve(let approval): .approve(approval)
        case .collect(let verb): .collect(try collect(verb))
        case .plugin(let verb): .program(try plugin(verb))
        case .advise(let verb): try advise(verb)
        case .escalate(let verb): .escalate(verb)
        case .runbook:
            throw stop(
                .composite, "runbook", "an included runbook stands for its steps", hint: "flatten the runbook first")
        }
    }

    func stop(_ code: LoweringError.Code, _ key: String, _ message: String, hint: String? = nil) -> Stop {
        .error(
            LoweringError(code: code, step: step.name, key: key, message: message, hint: hint, position: step.position))
    }
}
