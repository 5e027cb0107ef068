/// What a run would do, as a value with a digest. It is what is shown, approved and carried out.
package struct Plan: Sendable, Hashable, Codable {
    package var runbook: String
    package var runbookVersion: Int
    /// SHA-256 in hexadecimal of the runbook's bytes and of all that it includes, by path.
    package var sources: [String: String]
    /// As the operator typed it.
    package var selector: String
    package var program: String
    package var supervisor: String
    /// Milliseconds since 1970; stored, never recomputed.
    package var created: Int
    package var expires: Int
    package var approve: Approval?
    package var window: WindowRequirement?
    /// The highest gate of the steps that may change something.
    package var gate: GateKind
    package var steps: [PlannedStep]
    package var targets: [PlannedTarget]
    /// Names of the broken targets to work on, wave by wave.
    package var waves: [[String]]
    package var strategy: PlannedStrategy
    /// For people: not part of the digest.
    package var notes: [String]

    package init(
        runbook: String, runbookVersion: Int, sources: [String: String], selector: String, program: String,
        supervisor: String, created: Int, expires: Int, approve: Approval?, window: WindowRequirement?, gate: GateKind,
        steps: [PlannedStep], targets: [PlannedTarget], waves: [[String]], strategy: PlannedStrategy, notes: [String]
    ) {
        self.runbook = runbook
        self.runbookVersion = runbookVersion
        self.sources = sources
        self.selector = selector
        self.program = program
        self.supervisor = supervisor
        self.created = created
        self.expires = expires
        self.approve = approve
        self.window = window
        self.gate = gate
        self.steps = steps
        self.targets = targets
        self.waves = waves
        self.strategy = strategy
        self.notes = notes
    }
}

/// A step as the plan has it, the same for every node.
package struct PlannedStep: Sendable, Hashable, Codable {
    /// Its place in the plan, from 0.
    package var index: Int
    package var name: String
    package var verb: String
    package var gate: GateKind
    package var causes: [String]
    /// In words: what it does.
    package var summary: String
    /// In words: how it is undone.
    package var undo: String

    package init(
        index: Int, name: String, verb: String, gate: GateKind, causes: [String], summary: String, undo: String
    ) {
        self.index = index
        self.name = name
        self.verb = verb
        self.gate = gate
        self.causes = causes
        self.summary = summary
        self.undo = undo
    }
}

/// A target as the plan has it.
package struct PlannedTarget: Sendable, Hashable, Codable {
    package var name: String
    /// Host, and port unless it is 22.
    package var address: String
    package var user: String
    package var jump: [String]
    /// Fingerprints of the host keys that are recorded for it.
    package var hostKeys: [String]
    package var becomeUser: String?
    package var survey: Survey
    /// Parameters as text; a secret as the HMAC of its bytes.
    package var parameters: [String: String]
    /// By step: the item of its `each`, a secret by its reference. Nil where no step has items, and in what older programs
    /// have written.
    package var items: [Int: Value]?
    /// What the runbook names of the node. Nil where it names nothing, and in what older programs have written.
    package var named: NamedValues?
    /// One for each of the plan's steps, in order; empty where the target is not worked on.
    package var predictions: [Prediction]

    package init(
        name: String, address: String, user: String, jump: [String], hostKeys: [String], becomeUser: String?,
        survey: Survey, parameters: [String: String], items: [Int: Value]? = nil, named: NamedValues? = nil,
        predictions: [Prediction]
    ) {
        self.name = name
        self.address = address
        self.user = user
        self.jump = jump
        self.hostKeys = hostKeys
        self.becomeUser = becomeUser
        self.survey = survey
        self.parameters = parameters
        self.items = items
        self.named = named
        self.predictions = predictions
    }
}

/// A node's labels, groups and variables, as far as expressions and templates of a runbook can see them.
package struct NamedValues: Sendable, Hashable, Codable {
    package var labels: [String: String]
    /// Nil where they are not named.
    package var groups: [String]?
    /// A secret by its reference.
    package var variables: [String: Value]

    package init(labels: [String: String] = [:], groups: [String]? = nil, variables: [String: Value] = [:]) {
        self.labels = labels
        self.groups = groups
        self.variables = variables
    }
}

/// What is expected of one step on one node.
package struct Prediction: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case change, noChange = "no_change", unknown, skipped
    }

    package var kind: Kind
    /// Why it is unknown or skipped.
    package var reason: String
    package var grade: UndoGrade
    /// In words; not part of the digest.
    package var before: String?
    package var after: String?
    package var diff: String?
    /// SHA-256 in hexadecimal of the value before and after, where known.
    package var beforeDigest: String?
    package var afterDigest: String?
    /// SHA-256 in hexadecimal of the scripts and values that would be sent; nil where they depend on earlier steps.
    package var programDigest: String?

    package init(
        _ kind: Kind, reason: String = "", grade: UndoGrade = .none, before: String? = nil, after: String? = nil,
        diff: String? = nil, beforeDigest: String? = nil, afterDigest: String? = nil, programDigest: String? = nil
    ) {
        self.kind = kind
        self.reason = reason
        self.grade = grade
        self.before = before
        self.after = after
        self.diff = diff
        self.beforeDigest = beforeDigest
        self.afterDigest = afterDigest
        self.programDigest = programDigest
    }
}

/// The strategy with its percentages as numbers of nodes.
package struct PlannedStrategy: Sendable, Hashable, Codable {
    package var order: Strategy.Order
    package var concurrency: Int
    /// The N of "stops at the Nth failure".
    package var stopsAtFailure: Int
    /// How many of the waves are canaries.
    package var canaryWaves: Int
    /// By label: the most nodes of one value out of service, by value where it was a percentage.
    package var limits: [String: [String: Int]]
    /// In milliseconds.
    package var soak: Int

    package init(
        order: Strategy.Order, concurrency: Int, stopsAtFailure: Int, canaryWaves: Int,
        limits: [String: [String: Int]], soak: Int
    ) {
        self.order = order
        self.concurrency = concurrency
        self.stopsAtFailure = stopsAtFailure
        self.canaryWaves = canaryWaves
        self.limits = limits
        self.soak = soak
    }
}
