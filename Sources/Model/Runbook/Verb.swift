/// What a step does. One case for each verb of the runbook format.
package indirect enum Verb: Sendable, Hashable {
    case run(script: String)
    case file(FileVerb)
    case edit(EditVerb)
    case service(ServiceVerb)
    case package(PackageVerb)
    case setting(SettingVerb)
    case mount(MountVerb)
    case user(UserVerb)
    case drain(DrainVerb)
    case undrain(UndrainVerb)
    case reboot(RebootVerb)
    case wait(WaitVerb)
    case approve(Approval)
    case collect(CollectVerb)
    case runbook(IncludedRunbook)
    case plugin(PluginVerb)
    case advise(AdviseVerb)
    case escalate(EscalateVerb)

    /// The verb's key in a runbook.
    package var keyword: String {
        switch self {
        case .run: "run"
        case .file: "file"
        case .edit: "edit"
        case .service: "service"
        case .package: "package"
        case .setting: "setting"
        case .mount: "mount"
        case .user: "user"
        case .drain: "drain"
        case .undrain: "undrain"
        case .reboot: "reboot"
        case .wait: "wait"
        case .approve: "approve"
        case .collect: "collect"
        case .runbook: "runbook"
        case .plugin: "plugin"
        case .advise: "advise"
        case .escalate: "escalate"
        }
    }

    /// Whether it never changes anything, and so has no gate.
    package var isReadOnly: Bool {
        switch self {
        case .wait, .approve, .collect, .advise: true
        default: false
        }
    }
}

/// A name that may differ by distribution family: `{debian: X, rhel: Y}`.
package enum FamilyName: Sendable, Hashable {
    case same(Template)
    /// By `debian`, `ubuntu`, `rhel`, `amzn`, `suse` …; the distribution's own id before its family.
    case byFamily([String: Template])
}

package struct FileVerb: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case text(Template)
        /// Bytes of a file beside the runbook.
        case source(path: String, bytes: [UInt8])
        /// A mustache template beside the runbook.
        case template(path: String, text: String)
        case absent
        /// Only owner, group or mode.
        case unchanged
    }

    package var path: Template
    package var content: Content
    package var owner: Template?
    package var group: Template?
    /// Four octal digits.
    package var mode: String?
    /// A command that must accept the new file, named by `$FILE`, before it takes the old one's place.
    package var validate: String?

    package init(
        path: Template, content: Content, owner: Template? = nil, group: Template? = nil, mode: String? = nil,
        validate: String? = nil
    ) {
        self.path = path
        self.content = content
        self.owner = owner
        self.group = group
        self.mode = mode
        self.validate = validate
    }
}

package struct EditVerb: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        /// `key<separator>value`; the last line that sets the key, or its comment, is replaced, else one is added.
        case keyValue(key: Template, value: Template, separator: String)
        /// Lines that match are replaced by `line`; without a match it is added.
        case line(match: String, line: Template)
        /// A managed block between marker lines.
        case block(text: Template, marker: String)
    }

    package var path: Template
    package var change: Change
    /// Removes instead of setting.
    package var isAbsent: Bool
    package var validate: String?

    package init(path: Template, change: Change, isAbsent: Bool = false, validate: String? = nil) {
        self.path = path
        self.change = change
        self.isAbsent = isAbsent
        self.validate = validate
    }
}

package struct ServiceVerb: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable { case started, stopped, restarted, reloaded }

    package var name: FamilyName
    package var state: State?
    package var enabled: Bool?
    package var masked: Bool?

    package init(name: FamilyName, state: State? = nil, enabled: Bool? = nil, masked: Bool? = nil) {
        self.name = name
        self.state = state
        self.enabled = enabled
        self.masked = masked
    }
}

package struct PackageVerb: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable { case present, latest, absent }

    /// Installed in one transaction.
    package var names: [FamilyName]
    /// Removed, since the others take their place.
    package var insteadOf: [FamilyName]
    package var state: State
    package var version: Template?
    package var allowDowngrade: Bool

    package init(
        names: [FamilyName], insteadOf: [FamilyName] = [], state: State = .present, version: Template? = nil,
        allowDowngrade: Bool = false
    ) {
        self.names = names
        self.insteadOf = insteadOf
        self.state = state
        self.version = version
        self.allowDowngrade = allowDowngrade
    }
}

package struct SettingVerb: Sendable, Hashable {
    /// Prints the value.
    package var get: String
    /// Sets it to `$VALUE`.
    package var set: String
    package var value: Template

    package init(get: String, set: String, value: Template) {
        self.get = get
        self.set = set
        self.value = value
    }
}

package struct MountVerb: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable { case mounted, unmounted }

    package var path: Template
    package var source: Template?
    package var type: Template?
    package var options: Template?
    package var state: State
    /// Whether the fstab entry is managed too.
    package var fstab: Bool

    package init(
        path: Template, source: Template? = nil, type: Template? = nil, options: Template? = nil,
        state: State = .mounted, fstab: Bool = false
    ) {
        self.path = path
        self.source = source
        self.type = type
        self.options = options
        self.state = state
        self.fstab = fstab
    }
}

package struct UserVerb: Sendable, Hashable {
    package var name: Template
    /// An authorized key's whole line.
    package var key: Template?
    /// Removes the key instead of adding it.
    package var isAbsent: Bool
    package var locked: Bool?
    /// Expires the password now.
    package var expire: Bool?

    package init(
        name: Template, key: Template? = nil, isAbsent: Bool = false, locked: Bool? = nil, expire: Bool? = nil
    ) {
        self.name = name
        self.key = key
        self.isAbsent = isAbsent
        self.locked = locked
        self.expire = expire
    }
}

package struct DrainVerb: Sendable, Hashable {
    package var reason: Template
    /// How long to wait for running work to end: a duration, or an expression that yields one.
    package var wait: Template

    package init(reason: Template, wait: Template = .literal(.duration(.seconds(3600)))) {
        self.reason = reason
        self.wait = wait
    }
}

package struct UndrainVerb: Sendable, Hashable {
    package enum After: String, Sendable, Hashable, Codable, CaseIterable { case verify, always }

    package var after: After

    package init(after: After = .verify) { self.after = after }
}

package struct RebootVerb: Sendable, Hashable {
    package var timeout: Duration

    package init(timeout: Duration = .seconds(600)) { self.timeout = timeout }
}

package struct WaitVerb: Sendable, Hashable {
    package var probe: String
    package var healthy: Matcher
    package var every: Duration
    package var timeout: Duration

    package init(probe: String, healthy: Matcher, every: Duration = .seconds(5), timeout: Duration = .seconds(300)) {
        self.probe = probe
        self.healthy = healthy
        self.every = every
        self.timeout = timeout
    }
}

package enum CollectVerb: Sendable, Hashable {
    case command(String)
    case file(path: Template)
}

/// Another runbook, inlined into the same plan.
package struct IncludedRunbook: Sendable, Hashable {
    package var runbook: Runbook
    package var parameters: [String: Template]

    package init(runbook: Runbook, parameters: [String: Template]) {
        self.runbook = runbook
        self.parameters = parameters
    }
}

package struct PluginVerb: Sendable, Hashable {
    package var name: String
    package var with: [String: Template]

    package init(name: String, with: [String: Template]) {
        self.name = name
        self.with = with
    }
}

package struct AdviseVerb: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, Codable, CaseIterable { case info, warning, critical }

    package var title: Template
    package var severity: Severity
    package var text: Template
    /// Names of probes, diagnose entries and steps that it rests on.
    package var evidence: [String]
    package var patch: Template?
    package var command: Template?

    package init(
        title: Template, severity: Severity = .warning, text: Template, evidence: [String] = [],
        patch: Template? = nil, command: Template? = nil
    ) {
        self.title = title
        self.severity = severity
        self.text = text
        self.evidence = evidence
        self.patch = patch
        self.command = command
    }
}

package struct EscalateVerb: Sendable, Hashable {
    /// Attempts older than this are forgotten.
    package var remember: Duration
    package var rungs: [Step]

    package init(remember: Duration = .seconds(86_400), rungs: [Step]) {
        self.remember = remember
        self.rungs = rungs
    }
}
