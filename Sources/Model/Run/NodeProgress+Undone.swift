extension NodeProgress {
    /// Takes in what a rollback of this run did here: what it undid is not to be undone again.
    mutating func takeIn(undoing rollback: NodeProgress) {
        for (index, undo) in rollback.steps where undo.isUndone { steps[index] = undo }
        switch rollback.outcome?.outcome {
        case .rolledBack?, .healthy?: outcome = rollback.outcome
        default: break
        }
    }
}

extension StepProgress {
    /// Whether it is an undo that is done.
    package var isUndone: Bool { purpose == .undo && (ending?.status == .changed || ending?.status == .unchanged) }
    /// Whether its last attempt was intended and has not ended.
    package var isOpen: Bool { attempts.last.map { $0.ending == nil } ?? false }
}
