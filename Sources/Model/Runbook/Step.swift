/// One step: a verb and the terms on which it is carried out.
package struct Step: Sendable, Hashable {
    /// Unique in its runbook.
    package var name: String
    package var verb: Verb
    /// Causes that it is for; empty for every broken node.
    package var causes: [String]
    /// Nil: what the verb's nature asks for (`approval` where it changes something).
    package var gate: GateKind?
    package var on: Location
    package var runOnce: Bool
    package var when: Expression?
    /// A read-only script: exit 0 means nothing to do.
    package var check: String?
    /// The script that undoes it.
    package var undo: String?
    package var shell: Invocation.Shell
    package var become: Bool?
    package var environment: [String: Template]
    /// A read-only script run just before it, whose output is kept and given to `undo`.
    package var capture: String?
    /// A list known before the run over which the step is repeated.
    package var each: Expression?
    /// Steps that it depends on for prediction; nil: the rules of the verb.
    package var depends: [String]?
    /// Default 10 min.
    package var timeout: Duration?
    package var retries: Retries?
    /// Repeated until this holds.
    package var until: Expression?
    package var onFailure: FailurePolicy?
    package var isIrreversible: Bool
    package var effect: Effect?
    /// Output is kept out of the terminal and of reports.
    package var isSensitive: Bool
    /// Arms the undo on the node for this long before the step runs.
    package var guardDelay: Duration?
    package var covers: [String]
    package var position: SourcePosition

    package init(
        name: String, verb: Verb, causes: [String] = [], gate: GateKind? = nil, on: Location = .target,
        runOnce: Bool = false, when: Expression? = nil, check: String? = nil, undo: String? = nil,
        shell: Invocation.Shell = .sh, become: Bool? = nil, environment: [String: Template] = [:],
        capture: String? = nil, each: Expression? = nil, depends: [String]? = nil, timeout: Duration? = nil,
        retries: Retries? = nil, until: Expression? = nil, onFailure: FailurePolicy? = nil,
        isIrreversible: Bool = false, effect: Effect? = nil, isSensitive: Bool = false,
        guardDelay: Duration? = nil, covers: [String] = [], position: SourcePosition
    ) {
        self.name = name
        self.verb = verb
        self.causes = causes
        self.gate = gate
        self.on = on
        self.runOnce = runOnce
        self.when = when
        self.check = check
        self.undo = undo
        self.shell = shell
        self.become = become
        self.environment = environment
        self.capture = capture
        self.each = each
        self.depends = depends
        self.timeout = timeout
        self.retries = retries
        self.until = until
        self.onFailure = onFailure
        self.isIrreversible = isIrreversible
        self.effect = effect
        self.isSensitive = isSensitive
        self.guardDelay = guardDelay
        self.covers = covers
        self.position = position
    }
}

/// How often a failed step is tried again.
package struct Retries: Sendable, Hashable {
    /// All attempts, the first included.
    package var attempts: Int
    package var delay: Duration
    /// Each further delay is this many times the one before.
    package var backoff: Double

    package init(attempts: Int, delay: Duration = .seconds(5), backoff: Double = 1) {
        self.attempts = attempts
        self.delay = delay
        self.backoff = backoff
    }
}

/// What a resumed run may do when a step's outcome is unknown.
package enum Effect: String, Sendable, Hashable, Codable, CaseIterable {
    /// Run it again.
    case idempotent
    /// Let `verify` or a person decide.
    case once
}
