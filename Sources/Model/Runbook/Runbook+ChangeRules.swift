extension Runbook {
    /// This runbook under `rules`. Of those that say who approves, and of those that name a window, the first counts;
    /// who is told is added up.
    package func governed(by rules: [ChangeRule]) -> Runbook {
        var runbook = self
        if let approve = rules.lazy.compactMap(\.approve).first { runbook.approve = approve }
        if let window = rules.lazy.compactMap(\.window).first { runbook.bind(to: window) }
        for other in rules.compactMap(\.notify) { runbook.notify = (runbook.notify ?? Notifications()).adding(other) }
        return runbook
    }

    /// This runbook as it was when `plan` was made of it.
    package func governed(as plan: Plan) -> Runbook {
        var runbook = self
        runbook.approve = plan.approve
        if let window = plan.window, plan.gate == .window { runbook.bind(to: window) }
        return runbook
    }

    /// Whatever needs an approval needs the window too.
    private mutating func bind(to window: WindowRequirement) {
        self.window = window
        steps = steps.map(\.inWindow)
        always = always.map(\.inWindow)
    }
}

extension Step {
    /// The same step, in the change window if it changes anything that is not safe unattended.
    fileprivate var inWindow: Step {
        var step = self
        if gate != GateKind.none { step.gate = .window }
        switch verb {
        case .escalate(var ladder):
            ladder.rungs = ladder.rungs.map(\.inWindow)
            step.verb = .escalate(ladder)
        case .runbook(var included):
            included.runbook.steps = included.runbook.steps.map(\.inWindow)
            included.runbook.always = included.runbook.always.map(\.inWindow)
            step.verb = .runbook(included)
        default: break
        }
        return step
    }
}
