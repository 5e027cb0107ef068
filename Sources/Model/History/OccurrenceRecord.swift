/// What became of one time at which a job was to run.
package struct OccurrenceRecord: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// A run was made for it.
        case started
        /// It starts when the former run has ended.
        case queued
        case skipped, missed
        /// Its run could not begin, or could not be gone on with.
        case failed
    }

    package var job: String
    /// Milliseconds since 1970, without the job's jitter.
    package var occurrence: Int
    package var state: State
    /// The run that stands for it, whether or not it has begun.
    package var run: RunID?
    /// Milliseconds since 1970; the journal's.
    package var decided: Int
    /// How many occurrences before it passed unnoticed.
    package var missed: Int
    /// Why, in a sentence; empty where nothing is to be said.
    package var text: String

    package init(
        job: String, occurrence: Int, state: State, run: RunID? = nil, decided: Int = 0, missed: Int = 0,
        text: String = ""
    ) {
        self.job = job
        self.occurrence = occurrence
        self.state = state
        self.run = run
        self.decided = decided
        self.missed = missed
        self.text = text
    }
}

/// What is kept of a job between its runs.
package struct JobRecord: Sendable, Hashable, Codable {
    package var job: String
    /// Up to here, in milliseconds since 1970, all its occurrences are decided.
    package var decidedUpTo: Int
    /// Since when it is paused, if it is.
    package var paused: Int?
    /// Who paused it.
    package var pausedBy: String?

    package init(job: String, decidedUpTo: Int, paused: Int? = nil, pausedBy: String? = nil) {
        self.job = job
        self.decidedUpTo = decidedUpTo
        self.paused = paused
        self.pausedBy = pausedBy
    }
}

/// A run that the service has to bring to its end.
package struct ServiceRun: Sendable, Hashable {
    package var run: RunID
    /// The job that it was started for, if it was started for one.
    package var job: String?
    /// How often going on with it has failed.
    package var failures: Int
    /// Whether the journal has its first event.
    package var hasBegun: Bool
    package var phase: RunPhase

    package init(run: RunID, job: String?, failures: Int, hasBegun: Bool, phase: RunPhase) {
        self.run = run
        self.job = job
        self.failures = failures
        self.hasBegun = hasBegun
        self.phase = phase
    }
}
