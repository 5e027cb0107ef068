/// What an expression can see on one node.
package struct EvaluationContext: Sendable {
    package var parameters: [String: Value]
    /// Parameters whose values came from a node.
    package var taintedParameters: Set<String>
    package var node: Node
    /// What probes printed as facts: from the node, so tainted.
    package var facts: [String: String]
    package var causes: [String]
    package var steps: [String: StepRecord]
    package var probes: [String: ProbeRecord]
    /// `before['probe']`: detect's answers, for verify.
    package var before: [String: ProbeRecord]
    package var item: Value?
    /// `run.id`, `run.runbook`.
    package var run: [String: Value]

    package init(
        parameters: [String: Value] = [:], node: Node, facts: [String: String] = [:], causes: [String] = [],
        steps: [String: StepRecord] = [:], probes: [String: ProbeRecord] = [:], before: [String: ProbeRecord] = [:],
        item: Value? = nil, run: [String: Value] = [:], taintedParameters: Set<String> = []
    ) {
        self.parameters = parameters
        self.taintedParameters = taintedParameters
        self.node = node
        self.facts = facts
        self.causes = causes
        self.steps = steps
        self.probes = probes
        self.before = before
        self.item = item
        self.run = run
    }
}

/// What is known of a step on a node; nil is not known yet.
package struct StepRecord: Sendable, Hashable, Codable {
    package var changed: Bool?
    package var standardOutput: String?
    package var standardError: String?
    package var exit: Int?

    package init(
        changed: Bool? = nil, standardOutput: String? = nil, standardError: String? = nil, exit: Int? = nil
    ) {
        self.changed = changed
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.exit = exit
    }
}

/// What a probe answered on a node.
package struct ProbeRecord: Sendable, Hashable, Codable {
    package var standardOutput: String
    package var standardError: String
    package var exit: Int?
    package var facts: [String: String]

    package init(standardOutput: String, standardError: String, exit: Int?, facts: [String: String] = [:]) {
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.exit = exit
        self.facts = facts
    }
}

/// What an expression yields: a value, or that it can't be known.
package enum Evaluation: Sendable, Hashable {
    /// Tainted values came from a node.
    case known(Value, isTainted: Bool)
    case unknown(Reason)

    /// What it depends on.
    package enum Reason: Sendable, Hashable {
        /// A step that has not run, or a probe that was not asked.
        case notRun
        /// What was not kept of an output.
        case cut
    }
}

/// Kleene's three values.
package enum Truth: Sendable, Hashable, Codable {
    case yes, no, unknown
}
