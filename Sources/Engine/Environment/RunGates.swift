import Model

/// Decides whether a plan may be carried out: confirmation, approvals, change windows.
package protocol RunGates: Sendable {
    /// Whether the gate of `plan` can still be met, without using anything up and without asking anybody. Called before
    /// the nodes of a run that waited are asked again.
    func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision

    /// Returns once the gate of `plan` is met or can't be. Called once, before the first change. What it needed is used
    /// up when it is granted.
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision

    /// Whether plans that hold an `approve` step can be carried out at all.
    var canApproveSteps: Bool { get }

    /// Returns once the approvals that a step asks for are there, or can't be.
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision

    /// Whether the change window that a runbook asks for is open now.
    func isOpen(_ window: WindowRequirement) async -> Bool

    /// The same, with how long it stays so.
    func state(of window: WindowRequirement) async -> WindowState
}

extension RunGates {
    package func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision { .granted(by: nil) }
}

/// What a gate says.
package enum GateDecision: Sendable, Hashable {
    /// By these people; nil where nobody had to be asked.
    case granted(by: Requester?)
    /// For this reason.
    case refused(String, hint: String?)
    /// The run must wait without this process, in this phase, for this.
    case waiting(String, phase: RunPhase)
}

/// Gates of a run that its own operator confirms: no approvals, no windows.
package struct ConfirmationGates: RunGates {
    private let requester: Requester
    private let confirm: @Sendable (Plan, String) async -> Bool

    /// Asks `confirm` with the plan and its digest where the plan's gate asks for anything.
    package init(requester: Requester, confirm: @escaping @Sendable (Plan, String) async -> Bool) {
        self.requester = requester
        self.confirm = confirm
    }

    package var canApproveSteps: Bool { false }

    package func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        if plan.gate == .none { return .granted(by: nil) }
        if plan.approve != nil {
            return .refused("The plan needs approvals, and --yes does not replace them.", hint: nil)
        }
        guard await confirm(plan, digest) else {
            return .refused("The plan was not confirmed.", hint: "Confirm at the terminal, or use --yes.")
        }
        return .granted(by: requester)
    }

    package func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        .refused("Step '\(step)' needs an approval, which can't be given to this run.", hint: nil)
    }

    package func isOpen(_ window: WindowRequirement) async -> Bool { false }
}
