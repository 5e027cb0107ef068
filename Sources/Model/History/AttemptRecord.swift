/// One attempt of a step, or one asking of a probe, as it was journalled.
package struct AttemptRecord: Sendable, Hashable, Codable {
    /// What kind of work it was.
    package enum Work: Sendable, Hashable, Codable {
        case step(StepIntent.Purpose)
        case probe(ProbeAnswer.Stage)
    }

    package var id: InvocationID
    package var node: String
    /// The step's or the probe's name.
    package var name: String
    package var work: Work
    /// Empty for probes.
    package var verb: String
    /// SHA-256 of the script, in hexadecimal; empty for probes.
    package var scriptDigest: String
    /// Nil for probes.
    package var effect: Effect?
    /// The node's boot and machine when it was intended.
    package var bootID: String
    package var machineID: String
    /// The host that it ran on, where that is not the node itself.
    package var host: String?
    /// Milliseconds since 1970.
    package var intended: Int?
    package var started: Int?
    package var ended: Int?
    /// Nil while it runs, and for probes.
    package var status: StepEnding.Status?
    package var outcome: InvocationOutcome?
    package var text: String

    package init(
        id: InvocationID, node: String, name: String, work: Work, verb: String, scriptDigest: String, effect: Effect?,
        bootID: String, machineID: String, host: String?, intended: Int?, started: Int?, ended: Int?,
        status: StepEnding.Status?, outcome: InvocationOutcome?, text: String
    ) {
        self.id = id
        self.node = node
        self.name = name
        self.work = work
        self.verb = verb
        self.scriptDigest = scriptDigest
        self.effect = effect
        self.bootID = bootID
        self.machineID = machineID
        self.host = host
        self.intended = intended
        self.started = started
        self.ended = ended
        self.status = status
        self.outcome = outcome
        self.text = text
    }
}
