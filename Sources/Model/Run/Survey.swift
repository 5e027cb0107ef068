/// A probe's answer on one node.
package struct ProbeAnswer: Sendable, Hashable, Codable {
    package enum Stage: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
        case detect, diagnose, requires, soak, verify
    }

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
