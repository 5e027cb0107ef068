import Model

/// A step lowered for one node, whatever its verb.
package enum StepAction: Sendable, Hashable {
    case program(StepProgram)
    /// Reboots with `program.apply`, which returns before the node goes down; then waits this long for another boot id.
    case reboot(StepProgram, timeout: Duration)
    /// Asked again and again until its answer fits.
    case wait(StepProgram.Script, WaitVerb)
    case collect(StepProgram.Script)
    case advise(
        title: String, severity: AdviseVerb.Severity, text: String, patch: String?, command: String?, evidence: [String]
    )
    case approve(Approval)
    /// Puts back what this run's `drain` took, by that step's own undo; the executor knows whether there is anything.
    case undrain(UndrainVerb)
    /// A ladder whose rungs are compiled one by one, each when its turn has come.
    case escalate(EscalateVerb)
    /// There is nothing that it could do on this node.
    case skipped(reason: String)
}
