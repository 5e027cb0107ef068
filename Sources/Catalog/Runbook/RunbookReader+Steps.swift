import Model

extension RunbookReader {
    func readSteps(_ key: String) -> [Step] {
        root.list(key).map { readStep($0, isAlways: key == "always") }
    }

    func readStep(_ node: YAMLNode, isAlways: Bool, isRung: Bool = false) -> Step {
        let name = node.text("name") ?? ""
        var scope = scope(.step(name: name, isAlways: isAlways, includesItself: false))
        let each = listExpression(node["each"], self.scope(.beforeRun))
        if let each {
            scope.item = each.1
            scope.roots.insert("item")
        }
        var later = scope
        later.steps.insert(name)
        later.laterSteps.remove(name)
        let location = readLocation(node)
        let shell = node.choice("shell", Invocation.Shell.self) ?? .sh
        let step = Step(
            name: name, verb: readVerb(node, scope, shell, isAlways: isAlways), causes: node.texts("for"),
            gate: node.choice("gate", GateKind.self), on: location, runOnce: node.bool("run_once") ?? false,
            when: condition(node["when"], scope), check: script(node, "check", shell),
            undo: script(node, "undo", shell), shell: shell, become: node.bool("become"),
            environment: readEnvironment(node, scope), capture: script(node, "capture", shell), each: each?.0,
            depends: node["depends"].map { _ in node.texts("depends") }, timeout: node.duration("timeout"),
            retries: readRetries(node["retries"]), until: condition(node["until"], later),
            onFailure: node.choice("on_failure", FailurePolicy.self),
            isIrreversible: node.bool("irreversible") ?? false, effect: node.choice("effect", Effect.self),
            isSensitive: node.bool("sensitive") ?? false, guardDelay: node.duration("guard"),
            covers: node.texts("covers"), position: source.position(node.mark))
        StepChecks(node: node, step: step, reader: self, isAlways: isAlways, isRung: isRung).run()
        return step
    }

    private func readRetries(_ node: YAMLNode?) -> Retries? {
        guard let node else { return nil }
        if case .int(let attempts) = node.scalar?.resolved { return Retries(attempts: attempts) }
        return Retries(
            attempts: node.integer("attempts") ?? 1, delay: node.duration("delay") ?? .seconds(5),
            backoff: Double(node.integer("backoff") ?? 1))
    }

    /// The name of the verb's key, or nil where there is none.
    static func verbKey(_ node: YAMLNode) -> String? {
        node.entries?.first { BlockSchema.verbs.contains($0.key) }?.key
    }

    private func readVerb(
        _ node: YAMLNode, _ scope: ExpressionScope, _ shell: Invocation.Shell, isAlways: Bool
    ) -> Verb {
        guard let key = Self.verbKey(node), let body = node[key] else { return .run(script: "") }
        switch key {
        case "run": return .run(script: script(node, key, shell) ?? "")
        case "file": return .file(readFile(body, scope, shell))
        case "edit": return .edit(readEdit(body, scope, shell))
        case "service": return .service(readService(body, scope))
        case "package": return .package(readPackage(body, scope))
        case "setting":
            return .setting(
                SettingVerb(
                    get: script(body, "get", shell) ?? "", set: script(body, "set", shell) ?? "",
                    value: template(body["value"], scope) ?? .literal(.null)))
        case "mount": return .mount(readMount(body, scope))
        case "user": return .user(readUser(body, scope))
        case "drain":
            return .drain(
                DrainVerb(
                    reason: template(body["reason"], scope, .target)
                        ?? .literal(.string(root.text("name") ?? "")),
                    wait: template(body["wait"], scope, ValueUse(need: .duration, refusesTaint: true))
                        ?? .literal(.duration(.seconds(3600)))))
        case "undrain": return .undrain(UndrainVerb(after: body.choice("after", UndrainVerb.After.self) ?? .verify))
        case "reboot": return .reboot(RebootVerb(timeout: body.duration("timeout") ?? .seconds(600)))
        case "wait":
            return .wait(
                WaitVerb(
                    probe: script(body, "probe", shell) ?? "",
                    healthy: body["healthy"].map { readMatcher($0, scope) } ?? Matcher(exit: [0]),
                    every: body.duration("every") ?? .seconds(5), timeout: body.duration("timeout") ?? .seconds(300)))
        case "approve": return .approve(governance.approval(body))
        case "collect":
            guard body.scalar == nil else { return .collect(.command(script(node, key, shell) ?? "")) }
            return .collect(.file(path: path(body["file"], scope)))
        case "runbook": return readInclude(body, scope)
        case "plugin":
            var arguments: [String: Template] = [:]
            let use = ValueUse(need: .anything, refusesTaint: true, takesSecret: true)
            for entry in body["with"]?.entries ?? [] { arguments[entry.key] = template(entry.value, scope, use) }
            return .plugin(PluginVerb(name: body.text("name") ?? "", with: arguments))
        case "advise": return .advise(readAdvise(body, scope))
        default:
            return .escalate(
                EscalateVerb(
                    remember: body.duration("remember") ?? .seconds(86_400),
                    rungs: body.list("rungs").map { readStep($0, isAlways: isAlways, isRung: true) }))
        }
    }

    private func readAdvise(_ node: YAMLNode, _ scope: ExpressionScope) -> AdviseVerb {
        for item in node["evidence"]?.items ?? [] {
            let known = names.probes.union(names.evidence).union(names.steps).union(names.alwaysSteps)
            guard let name = item.scalar?.text, !known.contains(name) else { continue }
            let near = Spelling.nearest(to: name, among: known.sorted())
            report(item, "there is no probe, evidence or step '\(name)'", hint: near.map { "did you mean '\($0)'?" })
        }
        return AdviseVerb(
            title: template(node["title"], scope) ?? .literal(.string("")),
            severity: node.choice("severity", AdviseVerb.Severity.self) ?? .warning,
            text: template(node["text"], scope) ?? .literal(.string("")), evidence: node.texts("evidence"),
            patch: template(node["patch"], scope, .target), command: template(node["command"], scope, .target))
    }
}
