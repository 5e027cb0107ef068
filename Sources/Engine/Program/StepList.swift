import Model

/// A runbook's steps in the order and under the numbers that a plan gives them: included runbooks inlined, `escalate`
/// spread into its rungs, `each` into its items, `always` at the end.
package struct StepList: Sendable {
    /// The runbook itself first, then those that it includes.
    package private(set) var scopes: [RunbookScope] = []
    package private(set) var slots: [StepSlot] = []

    /// Spreads `runbook`; `items` says how many items the `each` of a step has, at most, on any target.
    init(_ runbook: Runbook, items: (_ step: Step, _ scope: Int) -> Int) {
        var always: [(Step, Int, String)] = []
        add(runbook, parameters: [:], parent: nil, prefix: "", always: &always, items: items)
        for (step, scope, prefix) in always {
            append(step, scope: scope, prefix: prefix, isAlways: true, items: items)
        }
    }

    /// Where the ids of undos begin: a step's undo has the step's number plus this.
    var undoBase: Int { slots.count }
    /// Where the ids of undos that nodes carry out by themselves begin.
    var guardBase: Int { slots.count * 2 }
    /// Where the ids of probes and other read-only work begin.
    var readOnlyBase: Int { slots.count * 3 }

    /// The slots that come before verify.
    var main: ArraySlice<StepSlot> { slots.prefix { !$0.isAlways } }
    /// The slots that come after everything.
    var always: ArraySlice<StepSlot> { slots.drop { !$0.isAlways } }

    private mutating func add(
        _ runbook: Runbook, parameters: [String: Template], parent: Int?, prefix: String,
        always: inout [(Step, Int, String)], items: (Step, Int) -> Int
    ) {
        let scope = scopes.count
        scopes.append(RunbookScope(runbook: runbook, parameters: parameters, parent: parent, prefix: prefix))
        for step in runbook.steps {
            if case .runbook(let included) = step.verb {
                let first = slots.count
                add(
                    included.runbook, parameters: included.parameters, parent: scope,
                    prefix: prefix + step.name + " / ", always: &always, items: items)
                for index in first..<slots.count { slots[index].enclosing.insert(EnclosingStep(step, scope), at: 0) }
            } else {
                append(step, scope: scope, prefix: prefix, isAlways: false, items: items)
            }
        }
        always += runbook.always.map { ($0, scope, prefix) }
    }

    private mutating func append(
        _ step: Step, scope: Int, prefix: String, isAlways: Bool, items: (Step, Int) -> Int
    ) {
        if case .escalate(let ladder) = step.verb {
            for (rung, inner) in ladder.rungs.enumerated() {
                var slot = StepSlot(
                    index: slots.count, step: inner, scope: scope, name: "\(prefix)\(step.name) / \(inner.name)",
                    isAlways: isAlways)
                slot.ladder = Ladder(name: prefix + step.name, rung: rung, rungs: ladder.rungs.count)
                slot.enclosing = [EnclosingStep(step, scope)]
                slots.append(slot)
            }
            return
        }
        let count = step.each == nil ? nil : items(step, scope)
        for item in 0..<(count ?? 1) {
            var slot = StepSlot(
                index: slots.count, step: step, scope: scope,
                name: prefix + step.name + (count == nil ? "" : "[\(item)]"), isAlways: isAlways)
            slot.item = count == nil ? nil : item
            slots.append(slot)
        }
    }
}

/// A runbook whose steps are part of a plan.
package struct RunbookScope: Sendable {
    package var runbook: Runbook
    /// What the including step gives its parameters.
    package var parameters: [String: Template]
    package var parent: Int?
    /// Comes before the names of its steps and probes.
    package var prefix: String
}

/// A step at its place in a plan.
package struct StepSlot: Sendable {
    package var index: Int
    package var step: Step
    /// Which of the list's scopes it belongs to.
    package var scope: Int
    /// Unique in the plan.
    package var name: String
    package var isAlways: Bool
    /// Which item of its `each` it is for.
    package var item: Int?
    package var ladder: Ladder?
    /// Steps that hold it, outermost first: their `when` and causes hold for it too.
    package var enclosing: [EnclosingStep] = []

    init(index: Int, step: Step, scope: Int, name: String, isAlways: Bool) {
        self.index = index
        self.step = step
        self.scope = scope
        self.name = name
        self.isAlways = isAlways
    }

    /// What must be met before it may change anything.
    var gate: GateKind { step.verb.isReadOnly ? .none : step.gate ?? .approval }

    /// Whether it is done once for the run, by the first target that comes to it.
    var isShared: Bool { step.runOnce || step.verb.keyword == "approve" }
}

/// A step that holds others: `runbook` or `escalate`.
package struct EnclosingStep: Sendable {
    package var step: Step
    package var scope: Int

    init(_ step: Step, _ scope: Int) {
        self.step = step
        self.scope = scope
    }
}

/// A rung's place in its `escalate` step.
package struct Ladder: Sendable, Hashable {
    /// The `escalate` step's name.
    package var name: String
    /// From 0.
    package var rung: Int
    package var rungs: Int

    /// Whether there is no rung after it.
    var isLast: Bool { rung == rungs - 1 }
}
