import Model

/// Which nodes a resumed run leaves as they are, since a rollback of it has touched them meanwhile. It would go on from a
/// state that is gone, and nothing could undo that.
struct ResumeRefusal: Sendable {
    private let undone: UndoneNodes
    private let rollbacks: [RunState]
    private let runbook: String

    init(_ state: RunState, later: [LaterRun], rollbacks: [RunState]) {
        let header = state.header
        undone = header.map { UndoneNodes(of: $0.id, later: later, rollbacks: rollbacks) } ?? UndoneNodes()
        self.rollbacks = rollbacks
        runbook = header?.runbook ?? ""
    }

    /// How a node ends; nil where no rollback touched it.
    func outcome(of node: String) -> NodeOutcome? {
        guard let undo = undone[node] else { return nil }
        let short = undo.rollback.short
        return NodeOutcome(
            .skipped, text: "Rollback \(short) has undone steps of this run there since.",
            hint: undo.isWhole
                ? "To apply it again: runbook apply \(runbook) --from-run \(short) --state rolled_back"
                : "It is not at its end there: runbook show \(short) tells how to go on with it.")
    }

    /// The rollback that has undone one of `steps`, which were done once for the run: without them it can't go on
    /// anywhere.
    func rollback(undoing steps: Set<String>) -> RunID? {
        rollbacks.first { rollback in
            rollback.nodes.values.contains { node in
                node.steps.values.contains {
                    $0.purpose == .undo && steps.contains($0.name) && ($0.isUndone || $0.mayHaveChanged)
                }
            }
        }?.header?.id
    }

    /// Why the run does not go on at all where `nodes` were all that was left of it. `shared` has undone what was done once
    /// for it.
    func reason(_ nodes: [String], shared: RunID?) -> String {
        var sentences = undone.groups(of: nodes).map { group in
            "Rollback \(group.rollback.short) has undone steps of this run on \(NodeSet(names: group.nodes).folded) since."
        }
        if let shared {
            sentences.append("Rollback \(shared.short) has undone what was done once for the run.")
        }
        let whole = nodes.filter { undone[$0]?.isWhole == true }
        for group in undone.groups(of: whole) {
            sentences.append(
                "To apply it again: runbook apply \(runbook) --from-run \(group.rollback.short) --state rolled_back")
        }
        for group in undone.groups(of: nodes.filter { !whole.contains($0) }) {
            sentences.append("To see how to go on undoing: runbook show \(group.rollback.short)")
        }
        return sentences.joined(separator: " ")
    }
}
