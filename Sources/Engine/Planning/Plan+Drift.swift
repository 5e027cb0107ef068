import Model

/// One way in which a fresh plan is more, or other, than the one that was approved.
package struct Drift: Sendable, Hashable, CustomStringConvertible {
    /// The target that it is about, if it is about one.
    package var node: String?
    /// In words, without a full stop.
    package var text: String

    package init(node: String? = nil, _ text: String) {
        self.node = node
        self.text = text
    }

    package var description: String { node.map { "\($0): \(text)" } ?? text }
}

extension Plan {
    /// In what this plan, of a survey made just now, is more or other than `approved`. Less is no drift: a target that
    /// is healthy or unreachable now, a cause that is gone, a step that has nothing to change any more.
    package func drift(from approved: Plan) -> [Drift] {
        var drifts: [Drift] = []
        func compare<V: Equatable>(_ name: String, _ now: V, _ then: V, _ text: (V) -> String) {
            if now != then { drifts.append(Drift("\(name) was \(text(then)) and is \(text(now))")) }
        }
        compare("the runbook", runbook, approved.runbook) { $0 }
        compare("the runbook's version", runbookVersion, approved.runbookVersion) { String($0) }
        for path in Set(sources.keys).union(approved.sources.keys).sorted()
        where sources[path] != approved.sources[path] {
            drifts.append(Drift("file \(path) was changed"))
        }
        compare("the program", program, approved.program) { $0 }
        compare("the supervisor", supervisor, approved.supervisor) { $0 }
        if approve?.canonical != approved.approve?.canonical { drifts.append(Drift("the approvers were changed")) }
        if window != approved.window { drifts.append(Drift("the change window was changed")) }
        if steps.map(\.canonical) != approved.steps.map(\.canonical) { drifts.append(Drift("the steps were changed")) }
        compare("the order", strategy.order, approved.strategy.order) { $0.rawValue }
        let former = Dictionary(approved.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for target in targets {
            guard let then = former[target.name] else {
                drifts.append(Drift(node: target.name, "it is no target of the plan"))
                continue
            }
            drifts += target.drift(from: then, steps: steps).map { Drift(node: target.name, $0) }
        }
        return drifts
    }

    /// What is carried out of this approved plan after `fresh`, a survey without drift: the same, on fewer targets.
    package func narrowed(to fresh: Plan) -> Plan {
        var plan = self
        let now = Dictionary(fresh.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        plan.targets = targets.map { target in
            guard let other = now[target.name] else { return target }
            var target = target
            target.survey = other.survey
            if other.predictions.isEmpty { target.predictions = [] }
            return target
        }
        let kept = Set(plan.workedOn.map(\.name))
        var waves: [[String]] = []
        var canaries = 0
        for (index, wave) in self.waves.enumerated() {
            let rest = wave.filter(kept.contains)
            if rest.isEmpty { continue }
            waves.append(rest)
            if index < strategy.canaryWaves { canaries += 1 }
        }
        plan.waves = waves
        plan.strategy.canaryWaves = canaries
        return plan
    }
}

extension PlannedTarget {
    fileprivate func drift(from then: PlannedTarget, steps: [PlannedStep]) -> [String] {
        var drifts: [String] = []
        if address != then.address { drifts.append("its address was \(then.address) and is \(address)") }
        if user != then.user { drifts.append("its user was \(then.user) and is \(user)") }
        if jump != then.jump { drifts.append("its jump hosts were changed") }
        if becomeUser != then.becomeUser { drifts.append("its become user was changed") }
        if hostKeys != then.hostKeys { drifts.append("its recorded host keys were changed") }
        if parameters != then.parameters {
            let names = Set(parameters.keys).union(then.parameters.keys).filter {
                parameters[$0] != then.parameters[$0]
            }
            drifts.append("parameter \(names.sorted().joined(separator: ", ")) has another value")
        }
        if predictions.isEmpty { return drifts }
        if then.predictions.isEmpty {
            return drifts + ["it was \(then.survey.verdict.rawValue) and is \(survey.verdict.rawValue) now"]
        }
        let causes = survey.causes.filter { !then.survey.causes.contains($0) }
        if !causes.isEmpty { drifts.append("it has another cause: \(causes.joined(separator: ", "))") }
        for (step, (now, before)) in zip(steps, zip(predictions, then.predictions)) {
            if let text = now.drift(from: before) {
                drifts.append("step '\(step.name)' \(text)")
            } else if now.mayChange, let former = then.items, items?[step.index] != former[step.index] {
                drifts.append("step '\(step.name)' has another item of its list now")
            }
        }
        // Where a program is not known yet nothing else tells. What is done by other values could not be undone by these.
        if let former = then.named, then.predictions.contains(where: \.mayChange) {
            let names = (named ?? NamedValues()).differences(from: former)
            if !names.isEmpty {
                drifts.append("the inventory says something else of it now: \(names.joined(separator: ", "))")
            }
        }
        return drifts
    }
}

extension NamedValues {
    /// What is not the same, in words.
    fileprivate func differences(from other: NamedValues) -> [String] {
        var names = Self.keys(labels, other.labels).map { "label \($0)" }
        names += Self.keys(variables, other.variables).map { "variable \($0)" }
        if groups != other.groups { names.append("its groups") }
        return names
    }

    /// Keys under which two maps have different values, sorted.
    private static func keys<V: Equatable>(_ one: [String: V], _ other: [String: V]) -> [String] {
        Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
    }
}

extension Prediction {
    fileprivate func drift(from then: Prediction) -> String? {
        guard mayChange else { return nil }
        guard then.mayChange else { return "had nothing to change and has now" }
        if let programDigest, let former = then.programDigest, programDigest != former {
            return "would do something else now"
        }
        if let beforeDigest, let former = then.beforeDigest, beforeDigest != former {
            return "finds another value" + (before.map { ": \($0)" } ?? "")
        }
        if let afterDigest, let former = then.afterDigest, afterDigest != former {
            return "would leave another value" + (after.map { ": \($0)" } ?? "")
        }
        if grade.rank > then.grade.rank { return "can't be undone as exactly any more (\(grade.rawValue))" }
        return nil
    }
}

extension UndoGrade {
    /// The higher, the less can be undone.
    var rank: Int {
        switch self {
        case .none, .exact: 0
        case .compensating: 1
        case .irreversible: 2
        }
    }
}
