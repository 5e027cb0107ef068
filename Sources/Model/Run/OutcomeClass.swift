/// Where a node ends. Every target of a run ends in exactly one.
package enum OutcomeClass: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
    /// Nothing to do, or no step changed anything.
    case healthy
    case remediated
    /// Broken; only advice or evidence applied.
    case advised
    /// Broken, in a read-only run.
    case broken
    /// Not undone.
    case failed
    case rolledBack = "rolled_back"
    case rollbackFailed = "rollback_failed"
    case unreachable
    case inconclusive
    /// A requirement, a limit, or no step applied.
    case skipped
    /// Budget, window, denied or expired.
    case notStarted = "not_started"
    /// Stopped after its first change, not undone.
    case cancelled
    case unknown

    /// Whether it counts against `max_failures`.
    package var countsAsFailure: Bool {
        switch self {
        case .failed, .rolledBack, .rollbackFailed, .unknown, .unreachable: true
        default: false
        }
    }
}

/// What a node is doing before it has its outcome.
package enum NodeState: String, Sendable, Hashable, Codable, CaseIterable {
    case queued, connecting, surveying, waiting, changing, verifying, undoing
}

/// What a run is doing.
package enum RunPhase: String, Sendable, Hashable, Codable, CaseIterable {
    case surveying, waitingApproval = "waiting_approval", waitingWindow = "waiting_window", running, soaking
    case cancelling, rollingBack = "rolling_back", interrupted, finished

    /// Whether it waits for something that needs no process.
    package var isWaiting: Bool { self == .waitingApproval || self == .waitingWindow }
}

/// What the probes say of a node.
package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
    case healthy, broken, inconclusive, unreachable
}

/// How exactly a step can be undone.
package enum UndoGrade: String, Sendable, Hashable, Codable, CaseIterable {
    /// The former state, byte for byte.
    case exact
    /// An undo script that makes up for it.
    case compensating
    /// Not at all: a point of no return.
    case irreversible
    /// There is nothing to undo.
    case none
}
