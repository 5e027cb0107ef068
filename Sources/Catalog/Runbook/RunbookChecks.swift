import Model

/// What must hold between the parts of a runbook.
struct RunbookChecks {
    let runbook: Runbook
    let reader: RunbookReader

    func run() {
        checkUnique(["detect", "verify"], "probe")
        checkUnique(["diagnose"], "evidence")
        checkUnique(["steps", "always"], "step")
        checkNeeds()
        checkCauses()
        let count = runbook.stepCount
        if count > 500 {
            reader.report(
                reader.root, "the runbook has \(count) steps, with those it includes", hint: "at most 500; split it")
        }
        // Of what is wrong already, nothing more can be said with certainty.
        guard !reader.bag.hasErrors else { return }
        checkEveryCauseIsHandled(runbook.declaredCauses)
        checkProof()
        checkParametersAreUsed()
    }

    private func checkUnique(_ lists: [String], _ noun: String) {
        var places: [String: YAMLMark] = [:]
        for node in lists.flatMap({ reader.root.list($0) }).flatMap({ [$0] + ($0["escalate"]?.list("rungs") ?? []) }) {
            guard let place = node["name"], let name = place.scalar?.text else { continue }
            if let first = places[name] {
                reader.report(
                    place, "there are two of the name '\(name)'", hint: "the first \(noun) is on line \(first.line + 1)"
                )
            } else {
                places[name] = place.mark
            }
        }
    }

    private func checkNeeds() {
        var asked = Set((runbook.detect ?? []).map(\.name)).subtracting(
            reader.root.list("detect").compactMap { $0.text("name") })
        for list in ["detect", "diagnose"] {
            for node in reader.root.list(list) {
                for place in node.oneOrMore("needs") {
                    if let name = place.scalar?.text { check(name, place, asked: asked) }
                }
                if list == "detect", let name = node.text("name") { asked.insert(name) }
            }
        }
    }

    private func check(_ name: String, _ place: YAMLNode, asked: Set<String>) {
        guard !asked.contains(name) else { return }
        if reader.names.probes.contains(name) {
            return reader.report(place, "the probe '\(name)' is asked later", hint: "put it before this one")
        }
        let near = Spelling.nearest(to: name, among: reader.names.probes.sorted())
        reader.report(place, "there is no probe '\(name)'", hint: near.map { "did you mean '\($0)'?" })
    }

    // MARK: Causes

    private func checkCauses() {
        let declared = runbook.declaredCauses
        let scripts = runbook.linesProbes.map(\.script)
        let nodes = (reader.root.list("steps") + reader.root.list("always")).flatMap {
            [$0] + ($0["escalate"]?.list("rungs") ?? [])
        }
        let named =
            nodes.flatMap { $0.oneOrMore("for") }
            + reader.root.list("verify").flatMap { $0.oneOrMore("for") + $0.oneOrMore("unless") }
        for item in named {
            guard let id = item.scalar?.text, !declared.contains(id), !scripts.contains(where: { $0.containsWord(id) })
            else { continue }
            let near = Spelling.nearest(to: id, among: declared.sorted())
            reader.report(
                item, "no probe finds the cause '\(id)'",
                hint: near.map { "did you mean '\($0)'?" }
                    ?? (declared.isEmpty ? nil : "there are \(declared.sorted().joined(separator: ", "))"))
        }
    }

    private func checkEveryCauseIsHandled(_ declared: Set<String>) {
        guard !runbook.steps.isEmpty, runbook.steps.allSatisfy({ !$0.causes.isEmpty }) else { return }
        let handled = Set(runbook.steps.flatMap(\.causes))
        for (node, key) in causePlaces where !handled.contains(key) {
            reader.warn(
                node, "nothing is done about the cause '\(key)'", hint: "add a step or an advise with for: [\(key)]")
        }
    }

    private var causePlaces: [(YAMLNode, String)] {
        var places: [(YAMLNode, String)] = []
        for probe in reader.root.list("detect") {
            for cause in probe.list("causes") {
                if let node = cause["id"], let id = node.scalar?.text { places.append((node, id)) }
            }
            if let node = probe["cause"], let id = node.scalar?.text { places.append((node, id)) }
        }
        for evidence in reader.root.list("diagnose") {
            for finding in evidence.list("findings") {
                if let node = finding["cause"], let id = node.scalar?.text { places.append((node, id)) }
            }
        }
        return places
    }

    // MARK: Lint

    private func checkProof() {
        let changes = runbook.steps.contains { !$0.verb.isReadOnly }
        if changes, runbook.verify.isEmpty {
            reader.warn(
                reader.root["steps"] ?? reader.root, "nothing proves that the steps helped",
                hint: "add verify: [detect]")
        }
        if runbook.verify.contains(.detect), runbook.detect == nil, let place = reader.root["verify"] {
            reader.report(place, "verify asks the probes of detect, and there are none")
        }
    }

    /// A parameter that nothing reads is probably misspelt somewhere.
    private func checkParametersAreUsed() {
        guard !runbook.usesTemplates else { return }
        for entry in reader.root["parameters"]?.entries ?? [] {
            let uses = reader.source.lines.enumerated().count { number, line in
                number != entry.keyMark.line && (line.containsWord(entry.key) || line.containsWord("\(entry.key)_file"))
            }
            let isSecret = runbook.parameters.first { $0.name == entry.key }?.type == .secret
            if uses == 0, !reader.usesInShared(entry.key) {
                reader.bag.add(
                    reader.validator.diagnostic(
                        entry.keyMark, "nothing uses the parameter '\(entry.key)'",
                        hint: "a script finds it as $\(entry.key)\(isSecret ? "_file" : "")",
                        severity: .warning))
            }
        }
    }
}

extension Runbook {
    /// Ids of causes that are written down as such.
    var declaredCauses: Set<String> {
        let probes = (detect ?? []).flatMap { $0.causes.map(\.id) + [$0.cause].compactMap(\.self) }
        let findings = diagnose.flatMap(\.findings).compactMap(\.cause)
        return Set(probes + findings)
    }

    /// Probes that print the ids of causes themselves.
    var linesProbes: [Probe] { (detect ?? []).filter { $0.answersInLines || $0.gather != nil } }

    /// Steps, with rungs and those of included runbooks.
    var stepCount: Int {
        (steps + always).reduce(0) { count, step in
            switch step.verb {
            case .escalate(let verb): count + 1 + verb.rungs.count
            case .runbook(let included): count + 1 + included.runbook.stepCount
            default: count + 1
            }
        }
    }

    fileprivate var usesTemplates: Bool {
        steps.contains { step in
            if case .file(let verb) = step.verb, case .template = verb.content { true } else { false }
        }
    }
}
