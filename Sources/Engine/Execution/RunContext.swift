import Model

/// What all nodes of a run share.
struct RunContext: Sendable {
    let request: RunRequest
    let list: StepList
    let environment: RunEnvironment
    let recorder: RunRecorder
    let control: RunControl
    /// From 1; one more for each time that the run was resumed, so that read-only ids are never used twice.
    let epoch: Int
    /// Answers of probes that are asked once for the run.
    let sharedAnswers = OnceTable<String, Answer>()
    /// Endings of steps that are done once for the run.
    let sharedSteps = OnceTable<Int, SharedEnding>()
    let leases = LeaseTable()

    /// The run whose steps are undone, where this run undoes another's.
    var undoneRun: RunID?

    var run: RunID { request.header.id }
    /// The run that steps are lowered for: what they left on a node is tagged with it.
    var loweringRun: RunID { undoneRun ?? run }
    var clock: any EngineClock { environment.clock }
    /// Roles that any host has.
    var roles: Set<String> { Set(request.inventory.roles.keys) }
}

/// How a step ended that was done once for the run.
struct SharedEnding: Sendable {
    var ending: StepEnding
    var doneBy: String
    var answer: Answer?
    /// Whether it is done with for all targets.
    var isForAll: Bool
    /// Set where the journal failed meanwhile.
    var error: EngineError?
}

/// What one target did in an earlier process of a step that is done once for the run.
enum EarlierShare: Sendable {
    /// It was sent and nobody knows how it ended, or it may be tried again: by that target alone.
    case unfinished
    case ended(SharedEnding)
}
