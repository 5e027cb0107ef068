import Model

/// What must hold for a step beyond the form of its keys.
struct StepChecks {
    let node: YAMLNode
    let step: Step
    let reader: RunbookReader
    let isAlways: Bool
    let isRung: Bool

    func run() {
        guard let verb = RunbookReader.verbKey(node) else { return }
        checkUndo(verb)
        checkPlugin(verb)
        checkReadOnly(verb)
        checkGate()
        checkRepetition(verb)
        checkHolder(verb)
        checkDepends()
        if verb == "approve" || verb == "escalate", isAlways {
            reader.report(node, "'\(verb)' can't stand in 'always'", hint: "put it among 'steps'")
        }
        if isRung, ["escalate", "approve", "runbook", "drain", "undrain"].contains(verb) {
            reader.report(node, "'\(verb)' can't be a rung", hint: "put it before or after the ladder")
        }
        if step.shell != .sh, !["run", "collect", "setting", "wait"].contains(verb), step.check == nil,
            step.undo == nil,
            let place = node["shell"]
        {
            reader.report(place, "'\(verb)' has no script that 'shell' could run")
        }
    }

    /// What a `plugin` step does and how it is undone is the plugin's.
    private func checkPlugin(_ verb: String) {
        guard verb == "plugin" else { return }
        for key in ["check", "undo", "capture", "env", "shell", "guard", "become", "on"] {
            if let place = node[key] { reader.report(place, "'plugin' runs on the controller and has no '\(key)'") }
        }
    }

    private func checkUndo(_ verb: String) {
        if case .run = step.verb, step.undo == nil, !step.isIrreversible, node["run"] != nil {
            reader.report(
                node, "nothing says how to take back step '\(step.name)'",
                hint: "add an 'undo' script, or irreversible: true")
        }
        if step.undo != nil, step.isIrreversible, let place = node["irreversible"] {
            reader.report(
                place, "step '\(step.name)' has an 'undo' and is called irreversible", hint: "keep one of them")
        }
        if step.capture != nil, step.undo == nil, let place = node["capture"] {
            reader.report(
                place, "nothing reads what step '\(step.name)' captures",
                hint: "add an 'undo' that reads standard input")
        }
        if let undo = node["undo"], verb != "run", verb != "plugin", !step.verb.isReadOnly {
            reader.report(undo, "'\(verb)' is undone by itself", hint: "leave 'undo' out")
        }
        if let place = node["guard"] {
            if step.isIrreversible || verb == "reboot" {
                reader.report(place, "'guard' arms an undo, and step '\(step.name)' has none")
            }
        }
    }

    private func checkReadOnly(_ verb: String) {
        guard step.verb.isReadOnly else { return }
        for key in ["undo", "capture", "check", "irreversible", "guard", "gate", "effect"] {
            if let place = node[key] { reader.report(place, "'\(verb)' changes nothing, so it has no '\(key)'") }
        }
    }

    private func checkGate() {
        guard step.gate == .window, reader.root["window"] == nil, let place = node["gate"] else { return }
        reader.report(
            place, "step '\(step.name)' waits for a window, but the runbook names none",
            hint: "add window: {calendar: NAME}")
    }

    private func checkRepetition(_ verb: String) {
        if step.each != nil, ["reboot", "drain", "undrain", "approve"].contains(verb),
            let place = node["each"]
        {
            reader.report(place, "'\(verb)' can't be repeated over a list")
        }
        if let place = node["until"], step.retries == nil {
            reader.warn(
                place, "step '\(step.name)' is tried once, so 'until' can only fail it",
                hint: "add retries: {attempts: N}")
        }
    }

    /// `runbook` and `escalate` hold steps: what is for what a step does itself would be passed over.
    private func checkHolder(_ verb: String) {
        guard verb == "runbook" || verb == "escalate" else { return }
        if verb == "runbook", isAlways {
            reader.report(node, "'runbook' can't stand in 'always'", hint: "put it among 'steps'")
        }
        var own: Set = [verb, "name", "for", "when", "on_failure", "covers", "undo"]
        if verb == "escalate" { own.insert("timeout") }
        for entry in node.entries ?? [] where !own.contains(entry.key) {
            reader.report(
                entry.value, "'\(verb)' holds steps and has no '\(entry.key)' itself", hint: "give it to those steps")
        }
    }

    private func checkDepends() {
        let known = Set(reader.names.steps + reader.names.alwaysSteps)
        for item in node["depends"]?.items ?? [] {
            guard let name = item.scalar?.text else { continue }
            if !known.contains(name) {
                let near = Spelling.nearest(to: name, among: known.sorted())
                reader.report(item, "there is no step '\(name)'", hint: near.map { "did you mean '\($0)'?" })
            } else if name == step.name {
                reader.report(item, "step '\(name)' can't depend on itself")
            }
        }
    }
}
