extension NodeProgress {
    /// Takes in what a rollback of this run did here. What it undid is not to be undone again, and an undo of which nobody
    /// knows the end is left out.
    mutating func takeIn(undoing rollback: NodeProgress) {
        for (index, undo) in rollback.steps where undo.purpose == .undo {
            if let last = undo.attempts.last, last.ending == nil { continue }
            switch steps[index]?.ending?.status {
            case .changed?, .unchanged?: continue
            case .skipped?, .failed?, .unknown?, nil: steps[index] = undo
            }
        }
        switch rollback.outcome?.outcome {
        case .rolledBack?, .healthy?: outcome = rollback.outcome
        default: break
        }
    }
}
