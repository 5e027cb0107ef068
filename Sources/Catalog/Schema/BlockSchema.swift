/// The keys of one block, as data: what is checked, offered by editors and printed in the reference.
struct BlockSchema: Sendable {
    struct Key: Sendable {
        var name: String
        var shape: Shape
        var isRequired: Bool
        /// One sentence.
        var doc: String

        init(_ name: String, _ shape: Shape, required isRequired: Bool = false, _ doc: String) {
            self.name = name
            self.shape = shape
            self.isRequired = isRequired
            self.doc = doc
        }
    }

    /// In words: `step`, `parameter`.
    var noun: String
    /// One sentence.
    var doc: String
    var keys: [Key]
    /// Of each group exactly one key must be there.
    var exactlyOne: [[String]] = []
    /// Of each group at least one key must be there.
    var atLeastOne: [[String]] = []
    /// Of each group at most one key may be there.
    var atMostOne: [[String]] = []
    /// Whether `key:` with nothing behind it stands for the block with all defaults.
    var mayBeEmpty = false

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// The blocks of runbooks, faults files and inventories.
enum Block: String, Sendable, CaseIterable {
    case runbook, sharedProbes = "shared_probes"
    case parameter, requirement, freeSpace = "free_space", strategy, approve, window, schedule, notify
    case probe, cause, matcher, healthy, textMatcher = "text_matcher", jsonMatcher = "json_matcher", evidence, finding
    case step, retries
    case file, edit, service, package, setting, mount, user, drain, undrain, reboot, wait, collect, include, plugin
    case advise, escalate
    case faults, labNode = "lab_node", fault, labScript = "lab_script", watched, expectation = "expect"
    case cases, supportCase = "support_case"
    case inventory, defaults, ssh, become, node, source, calendar, span, feed, job
    case access, person, accessRole = "role", accessRule = "rule", changeRule = "change_rule"
    case receiver, pluginManifest = "plugin_manifest", pluginSetting = "plugin_setting"

    var schema: BlockSchema {
        switch self {
        case .runbook: .runbook
        case .sharedProbes: .sharedProbes
        case .parameter: .parameter
        case .requirement: .requirement
        case .freeSpace: .freeSpace
        case .strategy: .strategy
        case .approve: .approve
        case .window: .window
        case .schedule: .schedule
        case .notify: .notify
        case .probe: .probe
        case .cause: .cause
        case .matcher: .matcher
        case .healthy: .healthy
        case .textMatcher: .textMatcher
        case .jsonMatcher: .jsonMatcher
        case .evidence: .evidence
        case .finding: .finding
        case .step: .step
        case .retries: .retries
        case .file: .file
        case .edit: .edit
        case .service: .service
        case .package: .package
        case .setting: .setting
        case .mount: .mount
        case .user: .user
        case .drain: .drain
        case .undrain: .undrain
        case .reboot: .reboot
        case .wait: .wait
        case .collect: .collect
        case .include: .include
        case .plugin: .plugin
        case .advise: .advise
        case .escalate: .escalate
        case .faults: .faults
        case .labNode: .labNode
        case .fault: .fault
        case .labScript: .labScript
        case .watched: .watched
        case .expectation: .expectation
        case .cases: .cases
        case .supportCase: .supportCase
        case .inventory: .inventory
        case .defaults: .defaults
        case .ssh: .ssh
        case .become: .become
        case .node: .node
        case .source: .source
        case .access: .access
        case .person: .person
        case .accessRole: .accessRole
        case .accessRule: .accessRule
        case .changeRule: .changeRule
        case .calendar: .calendar
        case .span: .span
        case .feed: .feed
        case .job: .job
        case .receiver: .receiver
        case .pluginManifest: .pluginManifest
        case .pluginSetting: .pluginSetting
        }
    }
}
