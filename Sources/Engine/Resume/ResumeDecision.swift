import Model

/// What a resumed run does with a node, from its events alone.
package enum ResumeDecision: Sendable, Hashable {
    /// It has its outcome.
    case keep
    /// Nothing was done on it yet: it is surveyed again.
    case survey
    /// A step was sent whose outcome is not known: the node is asked, and it is never started twice.
    case reattach(InvocationID)
    /// It goes on with its next step.
    case goOn
    /// It is asked whether it is well.
    case verify
    /// Its steps are undone.
    case undo

    package init(_ progress: NodeProgress) {
        if !progress.isResumable {
            self = .keep
        } else if let open = progress.openAttempt {
            self = .reattach(open.attempt.intent.id)
        } else if progress.failure?.response == .rollback || progress.failure?.response == .windowClosed {
            self = .undo
        } else if progress.failure?.response == .settle || progress.outcome?.outcome == .unknown
            || progress.state == .verifying
        {
            self = .verify
        } else if progress.steps.isEmpty && progress.fence == nil {
            self = .survey
        } else {
            self = .goOn
        }
    }
}
