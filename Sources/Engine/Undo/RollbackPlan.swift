import Model

/// What `runbook rollback` would undo of a finished run, and what it refuses.
package struct RollbackPlan: Sendable, Hashable {
    package struct Target: Sendable, Hashable {
        package var node: String
        /// Steps that are undone, the last one first.
        package var steps: [String]
        /// Steps that changed something and can't be undone.
        package var passedOver: [String]
    }

    package struct Refusal: Sendable, Hashable {
        package var node: String
        /// Why, in a sentence.
        package var reason: String
        /// What to do about it.
        package var hint: String
    }

    package var targets: [Target]
    /// Nodes on which nothing is left to undo.
    package var nothing: [String]
    package var refusals: [Refusal]

    /// What would be undone of the run of `state`, on `nodes` or on all.
    ///
    /// `later` are runs that may have changed the nodes since: unless `force` says so, what they touched stays.
    package init(
        of state: RunState, plan: Plan?, runbook: Runbook, nodes: Set<String>?, later: [LaterRun], force: Bool
    ) {
        targets = []
        nothing = []
        refusals = []
        let planned = Dictionary((plan?.targets ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let newest = Dictionary(
            later.map { ($0.node, $0) }, uniquingKeysWith: { $0.time >= $1.time ? $0 : $1 })
        for name in state.targets where nodes?.contains(name) ?? true {
            guard let progress = state.nodes[name] else { continue }
            let undoBase = plan?.steps.count ?? 0
            var target = Target(node: name, steps: [], passedOver: [])
            var drains: [String] = []
            for step in (plan?.steps ?? []).reversed() {
                guard let own = progress.steps[step.index], own.purpose == .apply, own.mayHaveChanged else { continue }
                if progress.steps[undoBase + step.index]?.isUndone == true { continue }
                if planned[name]?.predictions.indices.contains(step.index) == true,
                    planned[name]?.predictions[step.index].grade == .irreversible
                {
                    target.passedOver.append(step.name)
                } else if step.verb == "drain" {
                    drains.append(step.name)
                } else {
                    target.steps.append(step.name)
                }
            }
            target.steps += drains
            if target.steps.isEmpty && target.passedOver.isEmpty {
                nothing.append(name)
            } else if let run = newest[name], !force {
                refusals.append(Self.refusal(run, undone: state.header?.id))
            } else {
                targets.append(target)
            }
        }
    }

    private static func refusal(_ later: LaterRun, undone: RunID?) -> Refusal {
        let run = later.run.short
        if later.kind == .rollback && later.parent == undone {
            return Refusal(
                node: later.node, reason: "Rollback \(run) was left in the middle of an undo on \(later.node).",
                hint: "runbook resume \(run) goes on with it; --force undoes it all the same.")
        }
        let name = later.kind == .apply ? later.runbook : later.kind.rawValue
        return Refusal(
            node: later.node, reason: "Run \(run) (\(name)) has changed \(later.node) since.",
            hint: "--force undoes it all the same.")
    }
}
