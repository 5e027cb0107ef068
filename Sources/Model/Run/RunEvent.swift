/// Something that happened in a run. The journal numbers and dates events; readers fold them into `RunState`.
package enum RunEvent: Sendable, Hashable, Codable {
    case runStarted(RunHeader)
    case phaseChanged(RunPhase)
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
    /// The node's controller-side lease, with its fencing token.
    case leased(node: String, fence: Int)
    case released(node: String)
    case nodeFinished(node: String, NodeOutcome)
    case runFinished(RunEnding)
}

/// A probe's answer on one node.
package struct ProbeAnswer: Sendable, Hashable, Codable {
    package enum Stage: String, Sendable, Hashable, Codable { case detect, diagnose, requires, soak, verify }

    package var probe: String
    package var stage: Stage
    package var verdict: Verdict
    package var causes: [String]
    /// Why it is inconclusive, or what the probe said.
    package var text: String
    package var facts: [String: String]
    package var invocation: InvocationID?
    package var outcome: InvocationOutcome?

    package init(
        probe: String, stage: Stage, verdict: Verdict, causes: [String] = [], text: String = "",
        facts: [String: String] = [:], invocation: InvocationID? = nil, outcome: InvocationOutcome? = nil
    ) {
        self.probe = probe
        self.stage = stage
        self.verdict = verdict
        self.causes = causes
        self.text = text
        self.facts = facts
        self.invocation = invocation
        self.outcome = outcome
    }
}

/// What the survey found on one node.
package struct Survey: Sendable, Hashable, Codable {
    package var verdict: Verdict
    package var causes: [String]
    package var facts: [String: String]
    /// Why it is inconclusive or unreachable, or what is missing.
    package var text: String
    /// What to do about it, if there is something.
    package var hint: String?
    /// The requirement that is not met, if one is not.
    package var unmetRequirement: String?
    package var advice: [String]

    package init(
        verdict: Verdict, causes: [String] = [], facts: [String: String] = [:], text: String = "", hint: String? = nil,
        unmetRequirement: String? = nil, advice: [String] = []
    ) {
        self.verdict = verdict
        self.causes = causes
        self.facts = facts
        self.text = text
        self.hint = hint
        self.unmetRequirement = unmetRequirement
        self.advice = advice
    }
}

/// What is about to be sent to a node.
package struct StepIntent: Sendable, Hashable, Codable {
    package enum Purpose: String, Sendable, Hashable, Codable { case apply, undo, always, exec }

    package var id: InvocationID
    package var name: String
    package var purpose: Purpose
    package var verb: String
    /// SHA-256 of the script, in hexadecimal.
    package var scriptDigest: String
    package var effect: Effect
    /// The node's boot and machine when it was intended: another boot without an ending is a lost step.
    package var bootID: String
    package var machineID: String
    /// The host that it runs on, where that is not the node itself.
    package var host: String?

    package init(
        id: InvocationID, name: String, purpose: Purpose, verb: String, scriptDigest: String, effect: Effect,
        bootID: String, machineID: String, host: String? = nil
    ) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.verb = verb
        self.scriptDigest = scriptDigest
        self.effect = effect
        self.bootID = bootID
        self.machineID = machineID
        self.host = host
    }
}

/// A former state that was kept.
package struct StateCapture: Sendable, Hashable, Codable {
    package var id: InvocationID
    /// SHA-256 of the bytes, in hexadecimal.
    package var digest: String
    package var bytes: [UInt8]

    package init(id: InvocationID, digest: String, bytes: [UInt8]) {
        self.id = id
        self.digest = digest
        self.bytes = bytes
    }
}

/// How a step's attempt ended.
package struct StepEnding: Sendable, Hashable, Codable {
    package var id: InvocationID
    package var name: String
    package var purpose: StepIntent.Purpose
    package var status: Status
    package var outcome: InvocationOutcome?
    /// One line for a person: why it failed or was skipped, what changed.
    package var text: String
    package var standardOutputBytes: Int
    package var standardErrorBytes: Int

    package enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case changed, unchanged, skipped, failed, unknown
    }

    package init(
        id: InvocationID, name: String, purpose: StepIntent.Purpose, status: Status, outcome: InvocationOutcome? = nil,
        text: String = "", standardOutputBytes: Int = 0, standardErrorBytes: Int = 0
    ) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.status = status
        self.outcome = outcome
        self.text = text
        self.standardOutputBytes = standardOutputBytes
        self.standardErrorBytes = standardErrorBytes
    }
}

/// A node's end in a run.
package struct NodeOutcome: Sendable, Hashable, Codable {
    package var outcome: OutcomeClass
    /// One sentence: why.
    package var text: String
    /// What to do next, if there is something.
    package var hint: String?
    /// The step that failed.
    package var step: String?
    /// The failed step's last attempt.
    package var invocation: InvocationID?
    /// Steps that could not be undone.
    package var irreversible: [String]
    package var causes: [String]

    package init(
        _ outcome: OutcomeClass, text: String = "", hint: String? = nil, step: String? = nil,
        invocation: InvocationID? = nil, irreversible: [String] = [], causes: [String] = []
    ) {
        self.outcome = outcome
        self.text = text
        self.hint = hint
        self.step = step
        self.invocation = invocation
        self.irreversible = irreversible
        self.causes = causes
    }
}

/// A run's end.
package struct RunEnding: Sendable, Hashable, Codable {
    /// Outcome classes that occur, with their number of nodes; they sum to the targets.
    package var counts: [OutcomeClass: Int]
    /// Why it stopped before its end, if it did.
    package var stopReason: String?
    /// The process exit status that it asks for.
    package var exitStatus: Int

    package init(counts: [OutcomeClass: Int], stopReason: String? = nil, exitStatus: Int) {
        self.counts = counts
        self.stopReason = stopReason
        self.exitStatus = exitStatus
    }
}

/// What of a plan is kept with the run's events; the plan itself is stored beside them.
package struct PlanSummary: Sendable, Hashable, Codable {
    package var digest: String
    package var gate: GateKind
    package var waves: [NodeSet]
    /// Failures that stop the run: the N of "stops at the Nth failure".
    package var stopsAtFailure: Int
    /// Predicted (node, step) pairs, and all.
    package var predicted: Int
    package var predictable: Int

    package init(
        digest: String, gate: GateKind, waves: [NodeSet], stopsAtFailure: Int, predicted: Int, predictable: Int
    ) {
        self.digest = digest
        self.gate = gate
        self.waves = waves
        self.stopsAtFailure = stopsAtFailure
        self.predicted = predicted
        self.predictable = predictable
    }
}

/// An event with its place and time in its run, as the journal gave them.
package struct RecordedEvent: Sendable, Hashable, Codable {
    package var run: RunID
    /// From 1, without gaps within a run.
    package var sequence: Int
    /// Milliseconds since 1970, never less than that of the event before.
    package var time: Int
    package var event: RunEvent

    package init(run: RunID, sequence: Int, time: Int, event: RunEvent) {
        self.run = run
        self.sequence = sequence
        self.time = time
        self.event = event
    }
}
