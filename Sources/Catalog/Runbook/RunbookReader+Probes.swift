import Model

extension RunbookReader {
    func readProbe(_ node: YAMLNode, stage: Stage) -> Probe {
        let scope = scope(stage)
        let shell = node.choice("shell", Invocation.Shell.self) ?? .sh
        let probe = Probe(
            name: node.text("name") ?? "", script: script(node, "probe", shell) ?? "", shell: shell,
            environment: readEnvironment(node, scope),
            become: node.bool("become"), on: readLocation(node), runOnce: node.bool("run_once") ?? false,
            timeout: node.duration("timeout") ?? .seconds(60), every: node.duration("every") ?? .seconds(5),
            within: node.duration("within"), hold: node.duration("hold"), needs: node.texts("needs"),
            concerns: node.texts("for"), unless: node.texts("unless"),
            healthy: node["healthy"].map { readMatcher($0, scope) },
            causes: node.list("causes").map { cause in
                CauseRule(
                    id: cause.text("id") ?? "", when: cause["when"].map { readMatcher($0, scope) } ?? Matcher())
            },
            cause: node.text("cause"), flap: node.integer("flap") ?? 1,
            answersInLines: node.text("answer") == "lines", gather: node.text("gather"),
            covers: node.texts("covers"), position: source.position(node.mark))
        checkProbe(node, probe, stage)
        return probe
    }

    private func checkProbe(_ node: YAMLNode, _ probe: Probe, _ stage: Stage) {
        if probe.answersInLines {
            for key in ["healthy", "causes", "cause"] where node[key] != nil {
                if let place = node[key] {
                    report(
                        place, "probe '\(probe.name)' answers in lines, so it has no '\(key)'",
                        hint: "let it print 'healthy' or 'cause ID'")
                }
            }
        } else if probe.gather == nil, probe.healthy == nil, node["probe"] != nil {
            report(
                node, "no answer of probe '\(probe.name)' is healthy",
                hint: "add healthy: {exit: 0}, or answer: lines")
        }
        if case .detect = stage {
            for key in ["within", "hold", "for", "unless"] {
                if let place = node[key] { report(place, "'\(key)' is for probes of verify only") }
            }
        } else if let place = node["needs"] {
            report(
                place, "'needs' is for probes of detect and for evidence only",
                hint: "probes of verify are asked in order, up to one that does not hold")
        }
        checkGather(node, probe.gather, on: probe.on, runOnce: probe.runOnce)
    }

    /// What reads the answers of all nodes can't itself be one node's.
    private func checkGather(_ node: YAMLNode, _ gather: String?, on location: Location, runOnce: Bool) {
        guard let gather, let place = node["gather"] else { return }
        if location != .controller || !runOnce {
            report(place, "'gather' reads the answers of all nodes", hint: "add on: controller and run_once: true")
        }
        if !names.probes.contains(gather) {
            let near = Spelling.nearest(to: gather, among: names.probes.sorted())
            report(place, "there is no probe '\(gather)'", hint: near.map { "did you mean '\($0)'?" })
        }
    }

    func readEvidence(_ node: YAMLNode) -> Evidence {
        let scope = scope(.detect)
        let shell = node.choice("shell", Invocation.Shell.self) ?? .sh
        let evidence = Evidence(
            name: node.text("name") ?? "", script: script(node, "collect", shell) ?? "", shell: shell,
            environment: readEnvironment(node, scope),
            become: node.bool("become"), on: readLocation(node), runOnce: node.bool("run_once") ?? false,
            timeout: node.duration("timeout") ?? .seconds(60), needs: node.texts("needs"),
            findings: node.list("findings").map { finding in
                Finding(
                    when: finding["when"].map { readMatcher($0, scope) } ?? Matcher(), cause: finding.text("cause"),
                    advice: finding.text("advice"))
            },
            gather: node.text("gather"), covers: node.texts("covers"), position: source.position(node.mark))
        checkGather(node, evidence.gather, on: evidence.on, runOnce: evidence.runOnce)
        return evidence
    }

    func readMatcher(_ node: YAMLNode, _ scope: ExpressionScope) -> Matcher {
        let exits = node.oneOrMore("exit")
        return Matcher(
            exit: exits.compactMap { item in
                guard case .int(let status) = item.scalar?.resolved else { return nil }
                return Int32(exactly: status)
            },
            standardOutput: node["stdout"].map { readTextMatcher($0, scope) },
            standardError: node["stderr"].map { readTextMatcher($0, scope) },
            condition: node["when"].flatMap { $0.scalar == nil ? nil : condition($0, scope) })
    }

    private func readTextMatcher(_ node: YAMLNode, _ scope: ExpressionScope) -> TextMatcher {
        let json = node["json"].map { json in
            JSONMatcher(
                path: json.text("path") ?? "", equals: template(json["equals"], scope),
                atLeast: number(json["at_least"], scope), atMost: number(json["at_most"], scope))
        }
        return TextMatcher(
            equals: template(node["equals"], scope), contains: template(node["contains"], scope),
            matches: readMatches(node["matches"]), empty: node.bool("empty"), lines: number(node["lines"], scope),
            atLeast: number(node["at_least"], scope), atMost: number(node["at_most"], scope), json: json)
    }

    /// A pattern is fixed text: what a parameter holds would be read as syntax.
    private func readMatches(_ node: YAMLNode?) -> Template? {
        guard let node, let text = node.scalar?.text else { return nil }
        if text.contains("${{") {
            report(node, "a pattern can't hold an expression", hint: "use 'equals' or 'contains'")
            return nil
        }
        return pattern(node).map { .literal(.string($0)) }
    }

    private func number(_ node: YAMLNode?, _ scope: ExpressionScope) -> Template? {
        guard let node, let text = node.scalar?.text else { return nil }
        if !text.contains("${{"), Comparison.number(text) == nil {
            report(node, "'\(SafeText(text).singleLine)' is no number")
        }
        return template(node, scope)
    }

    func readLocation(_ node: YAMLNode) -> Location {
        guard let text = node.text("on") else { return .target }
        if text == "controller" { return .controller }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return .target }
        return parts[0] == "role" ? .role(parts[1]) : .group(parts[1])
    }

    /// The environment of one script: its own `env` over that of the whole runbook.
    func readEnvironment(_ node: YAMLNode, _ scope: ExpressionScope) -> [String: Template] {
        let own = readEnvironment(node["env"], scope, staysOnNode: node["on"] == nil)
        return commonEnvironment.merging(own) { _, own in own }
    }

    func readEnvironment(
        _ block: YAMLNode?, _ scope: ExpressionScope, staysOnNode: Bool
    ) -> [String: Template] {
        let use = ValueUse(need: .anything, refusesTaint: !staysOnNode, takesSecret: true)
        var environment: [String: Template] = [:]
        for entry in block?.entries ?? [] {
            if !WordForm.environmentName.fits(entry.key) {
                report(entry.keyMark, "'\(SafeText(entry.key).singleLine)' is no name of an environment variable")
            }
            if entry.key.lowercased().hasPrefix("runbook_") {
                report(
                    entry.keyMark, "variables that begin with RUNBOOK_ are the program's own",
                    hint: "choose another name")
            }
            guard let value = template(entry.value, scope, use) else { continue }
            if value.literalValue == nil, ParameterName.isRefused(entry.key) {
                report(
                    entry.value, "'\(entry.key)' changes what programs do, so its value must be fixed text",
                    hint: "choose another name")
            }
            environment[entry.key] = value.asWrittenText
        }
        return environment
    }
}

extension Template {
    /// A literal scalar as text: `DEBUG: 1` is the text `1` for a script.
    fileprivate var asWrittenText: Template {
        switch self {
        case .literal(.int(let value)): .literal(.string(String(value)))
        case .literal(.float), .literal(.bool): .literal(.string(literalValue?.displayText ?? ""))
        default: self
        }
    }
}
