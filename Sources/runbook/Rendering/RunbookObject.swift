import Model

/// A runbook as JSON, by its own keys.
struct RunbookObject {
    let runbook: Model.Runbook
    /// What the site asks beside it.
    var rules: [ChangeRule] = []

    var object: [String: Any] {
        var object = runbook.summary
        object["description"] = runbook.description
        object["owners"] = runbook.owners
        object["platforms"] = runbook.platforms
        object["references"] = runbook.references
        object["versions"] = runbook.versions
        object["parameters"] = runbook.parameters.map(parameter)
        object["detect"] = (runbook.detect ?? []).map(probe)
        object["diagnose"] = runbook.diagnose.map(\.name)
        object["steps"] = runbook.steps.map(step)
        object["verify"] = runbook.verify.map { entry -> Any in
            switch entry {
            case .detect: "detect"
            case .probe(let probe): self.probe(probe)
            }
        }
        object["always"] = runbook.always.map(step)
        object["on_failure"] = runbook.onFailure.rawValue
        object["strategy"] = strategy
        object["approve"] = runbook.approve.map(approval)
        object["window"] = runbook.window.map(window)
        object["change_rules"] = rules.map(rule)
        object["schedule"] = runbook.schedule.map(schedule)
        object["notify"] = runbook.notify.map(notify)
        object["requires"] = RunbookTerms(runbook: runbook).lines.filter { $0.0 == "requires" }.map(\.1)
        return object
    }

    private func window(_ window: WindowRequirement) -> [String: Any] {
        ["calendar": window.calendar, "on_close": window.onClose.rawValue]
    }

    private func notify(_ notify: Notifications) -> [String: Any] {
        Dictionary(uniqueKeysWithValues: notify.receivers.map { ($0.key.key, $0.value) })
    }

    private func rule(_ rule: ChangeRule) -> [String: Any] {
        var object: [String: Any] = ["name": rule.name, "at": rule.position.description]
        object["nodes"] = rule.nodes
        object["approve"] = rule.approve.map(approval)
        object["window"] = rule.window.map(window)
        object["notify"] = rule.notify.map(notify)
        return object
    }

    private func parameter(_ parameter: Parameter) -> [String: Any] {
        var object: [String: Any] = [
            "name": parameter.name, "type": parameter.type.text, "description": parameter.description,
            "needed": parameter.isNeeded, "optional": parameter.isOptional,
        ]
        object["default"] = parameter.defaultValue?.source
        object["from"] = parameter.secretSource
        object["min"] = parameter.minimum?.displayText
        object["max"] = parameter.maximum?.displayText
        object["pattern"] = parameter.pattern
        if !parameter.allowedValues.isEmpty { object["allowed_values"] = parameter.allowedValues.map(\.displayText) }
        return object
    }

    private func probe(_ probe: Probe) -> [String: Any] {
        var object: [String: Any] = ["name": probe.name, "probe": probe.script, "timeout": probe.timeout.text]
        let causes = probe.causes.map(\.id) + (probe.cause.map { [$0] } ?? [])
        if !causes.isEmpty { object["causes"] = causes }
        if !probe.needs.isEmpty { object["needs"] = probe.needs }
        object["within"] = probe.within?.text
        object["hold"] = probe.hold?.text
        if !probe.concerns.isEmpty { object["for"] = probe.concerns }
        if !probe.unless.isEmpty { object["unless"] = probe.unless }
        return object
    }

    private func step(_ step: Step) -> [String: Any] {
        var object: [String: Any] = ["name": step.name, "verb": step.verb.keyword, "for": step.causes]
        object["does"] = VerbWords(step).description
        object["when"] = step.when?.source
        object["irreversible"] = step.isIrreversible
        if case .run(let script) = step.verb { object["run"] = script }
        object["undo"] = step.undo
        object["check"] = step.check
        if !step.verb.isReadOnly { object["gate"] = (step.gate ?? .approval).rawValue }
        object["timeout"] = step.timeout?.text
        object["guard"] = step.guardDelay?.text
        object["on_failure"] = step.onFailure?.rawValue
        if case .advise(let advice) = step.verb { object["advise"] = self.advice(advice) }
        return object
    }

    private func advice(_ advice: AdviseVerb) -> [String: Any] {
        var object: [String: Any] = [
            "title": advice.title.source, "severity": advice.severity.rawValue, "text": advice.text.source,
            "evidence": advice.evidence,
        ]
        object["command"] = advice.command?.source
        object["patch"] = advice.patch?.source
        return object
    }

    private var strategy: [String: Any] {
        let strategy = runbook.strategy
        var object: [String: Any] = [
            "order": strategy.order.rawValue, "canary": strategy.canary.map(\.text),
            "concurrency": strategy.concurrency, "max_failures": strategy.maxFailures.text,
            "soak": strategy.soak.text, "limits": strategy.limits.mapValues(\.text),
        ]
        object["batch"] = strategy.batch?.text
        object["spread"] = strategy.spread
        return object
    }

    private func approval(_ approval: Approval) -> [String: Any] {
        var object: [String: Any] = [
            "approvers": approval.approvers, "min_approvals": approval.minimum, "expires": approval.expires.text,
            "allow_self": approval.allowSelf, "message": approval.message,
        ]
        object["coverage"] = approval.coverage
        return object
    }

    private func schedule(_ schedule: Schedule) -> [String: Any] {
        var object: [String: Any] = [
            "cron": schedule.cron, "timezone": schedule.timezone, "jitter": schedule.jitter.text,
            "missed": schedule.missed.rawValue, "overlap": schedule.overlap.rawValue,
            "unattended": schedule.unattended.rawValue,
            "parameters": schedule.parameters.mapValues(\.displayText),
        ]
        object["nodes"] = schedule.nodes
        return object
    }
}
