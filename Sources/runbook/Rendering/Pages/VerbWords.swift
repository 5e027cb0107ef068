import Model

/// What a step does, in a few words, before its values are known.
struct VerbWords {
    let description: String

    init(_ step: Step) {
        description = Self.words(step.verb) + Self.place(step.on) + (step.runOnce ? ", once for the run" : "")
    }

    private static func words(_ verb: Verb) -> String {
        switch verb {
        case .run: "runs a script"
        case .file(let file):
            switch file.content {
            case .absent: "removes `\(file.path.source)`"
            case .unchanged: "sets owner and mode of `\(file.path.source)`"
            case .text, .source, .template: "writes `\(file.path.source)`"
            }
        case .edit(let edit): "edits `\(edit.path.source)`"
        case .service(let service): self.service(service)
        case .package(let package): self.package(package)
        case .setting(let setting): "sets a value to `\(setting.value.source)`"
        case .mount(let mount): (mount.state == .mounted ? "mounts" : "unmounts") + " `\(mount.path.source)`"
        case .user(let user): user.key == nil ? "changes the user `\(user.name.source)`" : self.key(user)
        case .drain(let drain): "drains or cordons the node, and waits up to `\(drain.wait.source)` for its work to end"
        case .undrain: "puts the node back into service, if this run took it out"
        case .reboot: "reboots the node"
        case .wait(let wait): "waits up to \(wait.timeout.text) for a check to hold"
        case .approve(let approval):
            "waits for \(approval.minimum.approvals) by \(approval.approvers.joined(separator: ", "))"
        case .collect(.command): "keeps what a command prints"
        case .collect(.file(let path)): "keeps a copy of `\(path.source)`"
        case .runbook(let included): "does what the runbook `\(included.runbook.name)` does"
        case .plugin(let plugin): "calls the plugin `\(plugin.name)`"
        case .advise(let advice): "says what a person has to do: \(advice.title.source)"
        case .escalate(let ladder):
            "tries, one after the other until one helps: " + ladder.rungs.map(\.name).joined(separator: ", ")
        }
    }

    private static func service(_ service: ServiceVerb) -> String {
        var words: [String] = []
        switch service.state {
        case .started: words.append("starts")
        case .stopped: words.append("stops")
        case .restarted: words.append("restarts")
        case .reloaded: words.append("reloads")
        case nil: break
        }
        if let enabled = service.enabled { words.append(enabled ? "enables" : "disables") }
        if let masked = service.masked { words.append(masked ? "masks" : "unmasks") }
        return words.joined(separator: " and ") + " `\(name(service.name))`"
    }

    private static func package(_ package: PackageVerb) -> String {
        func list(_ names: [FamilyName]) -> String { names.map { "`\(name($0))`" }.joined(separator: ", ") }
        let version = package.version.map { " in version `\($0.source)`" } ?? ""
        let former = package.insteadOf.isEmpty ? "" : ", instead of " + list(package.insteadOf)
        return (package.state == .absent ? "removes " : "installs ") + list(package.names) + version + former
    }

    private static func key(_ user: UserVerb) -> String {
        (user.isAbsent ? "takes a key from the user" : "gives a key to the user") + " `\(user.name.source)`"
    }

    private static func name(_ name: FamilyName) -> String {
        switch name {
        case .same(let template): template.source
        case .byFamily(let names):
            names.sorted { $0.key < $1.key }.map { "\($0.value.source) (\($0.key))" }.joined(separator: ", ")
        }
    }

    private static func place(_ location: Location) -> String {
        switch location {
        case .target: ""
        case .controller: ", on the controller"
        case .role(let role): ", on the host of the role `\(role)`"
        case .group(let group): ", on the first host of the group `\(group)`"
        }
    }
}

extension Int {
    fileprivate var approvals: String { self == 1 ? "an approval" : "\(self) approvals" }
}
