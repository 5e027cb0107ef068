/// A runbook as it was loaded: checked, typed, with the place of every part that can be complained about.
package struct Runbook: Sendable, Hashable {
    /// Kebab-case, equal to the file's name.
    package var name: String
    package var version: Int
    package var title: String
    package var description: String
    /// The support case's heading, such as `GPU Issues / Driver Installation Problems`.
    package var supportCase: String?
    package var owners: [String]
    package var tags: [String]
    /// Ids of the support document's steps that it covers as a whole.
    package var covers: [String]
    package var references: [String]
    /// Software with the versions of it that the commands are written for, such as `Slurm 22.05 to 24.11`.
    package var versions: [String]
    package var platforms: [String]
    /// The widest set that it may touch.
    package var targets: Targets
    package var parameters: [Parameter]
    package var requires: [Requirement]
    package var strategy: Strategy
    package var approve: Approval?
    package var window: WindowRequirement?
    package var schedule: Schedule?
    /// Nil: every reachable target counts as broken, without a cause.
    package var detect: [Probe]?
    package var diagnose: [Evidence]
    package var steps: [Step]
    package var verify: [VerifyEntry]
    package var onFailure: FailurePolicy
    package var always: [Step]
    package var notify: Notifications?
    /// Whether its scripts run as the inventory's become user; nil: wherever the inventory configures one.
    package var become: Bool?
    /// How long the run may take on one node.
    package var timeout: Duration?
    /// Where it was read from.
    package var position: SourcePosition
    /// Its own bytes first, then those of each file that it includes, by path, sorted: what a plan's digest covers.
    package var sources: [SourceFile]

    package init(
        name: String, version: Int, title: String, description: String, supportCase: String?, owners: [String],
        tags: [String], covers: [String], references: [String], versions: [String] = [], platforms: [String],
        targets: Targets, parameters: [Parameter], requires: [Requirement], strategy: Strategy, approve: Approval?,
        window: WindowRequirement?, schedule: Schedule?, detect: [Probe]?, diagnose: [Evidence], steps: [Step],
        verify: [VerifyEntry], onFailure: FailurePolicy, always: [Step], notify: Notifications?, become: Bool?,
        timeout: Duration?, position: SourcePosition, sources: [SourceFile]
    ) {
        self.name = name
        self.version = version
        self.title = title
        self.description = description
        self.supportCase = supportCase
        self.owners = owners
        self.tags = tags
        self.covers = covers
        self.references = references
        self.versions = versions
        self.platforms = platforms
        self.targets = targets
        self.parameters = parameters
        self.requires = requires
        self.strategy = strategy
        self.approve = approve
        self.window = window
        self.schedule = schedule
        self.detect = detect
        self.diagnose = diagnose
        self.steps = steps
        self.verify = verify
        self.onFailure = onFailure
        self.always = always
        self.notify = notify
        self.become = become
        self.timeout = timeout
        self.position = position
        self.sources = sources
    }
}

/// Whom a runbook may touch.
package enum Targets: Sendable, Hashable {
    /// A node-set expression, resolved against the inventory.
    case nodes(String)
    /// The controller itself is the only target.
    case controller
}

/// A file's bytes as they were when the runbook was loaded.
package struct SourceFile: Sendable, Hashable, Codable {
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// What happens on a node after a step failed there or its verify did not hold.
package enum FailurePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    case rollback, stop, `continue`, ask
}

/// What must be met before a step's change.
package enum GateKind: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    case none, approval, window

    private var rank: Int {
        switch self {
        case .none: 0
        case .approval: 1
        case .window: 2
        }
    }

    package static func < (left: GateKind, right: GateKind) -> Bool { left.rank < right.rank }
}
