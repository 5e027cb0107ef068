import Engine
import Model

/// Decides on change windows for `ChangeGates`.
package protocol WindowGating: Sendable {
    /// Granted while the window that a plan asks for is open, waiting until it opens, or refused.
    func admit(_ window: WindowRequirement, plan: Plan, run: RunID) async -> GateDecision

    /// Whether it is open now.
    func isOpen(_ window: WindowRequirement) async -> Bool
}
