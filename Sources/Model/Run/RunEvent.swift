/// Something that happened in a run. The journal numbers and dates events; readers fold them into `RunState`.
package enum RunEvent: Sendable, Hashable, Codable {
    case runStarted(RunHeader)
    case phaseChanged(RunPhase)
    /// A run that was interrupted goes on.
    case resumed(by: Requester)
    /// No further node is started, for this reason; those in progress finish.
    case stopping(reason: String)
    case warning(String)
    case nodeStateChanged(node: String, NodeState)
    /// The session with a node is open.
    case connected(node: String, NodeIdentity)
    case probeAnswered(node: String, ProbeAnswer)
    case surveyed(node: String, Survey)
    /// The plan that the run carries out.
    case planned(PlanSummary)
    /// The operator confirmed at the terminal or by `--yes`.
    case confirmed(by: Requester, planDigest: String)
    case waveStarted(index: Int, nodes: NodeSet)
    case waveEnded(index: Int)
    /// Committed before the first byte of the step is sent.
    case stepIntended(node: String, StepIntent)
    case stepStarted(node: String, InvocationID)
    /// The former state, kept before the change.
    case captured(node: String, step: Int, StateCapture)
    case stepEnded(node: String, StepEnding)
    /// The undo of this attempt of a step is about to be armed on the node: committed together with its intent.
    case guardArmed(node: String, InvocationID)
    /// The armed undo was disarmed, or has fired.
    case guardSettled(node: String, InvocationID, fired: Bool)
    /// A finding for a person.
    case advised(node: String, Advice)
    /// What the runbook's `verify` says of the node.
    case verified(node: String, Verification)
    /// Something went wrong on the node, and what is done about it.
    case nodeFailing(node: String, NodeFailure)
    /// The node's controller-side lease, with its fencing token.
    case leased(node: String, fence: Int)
    case released(node: String)
    case nodeFinished(node: String, NodeOutcome)
    case runFinished(RunEnding)
}
