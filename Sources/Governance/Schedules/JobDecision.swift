import Model

/// What is done about a job now. Moments are in milliseconds since 1970.
package struct JobDecision: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        case start
        /// It starts when the former run has ended.
        case queue
        /// The former run is asked to stop; it starts when that has ended.
        case replace
        case skip(String)
        /// Its time passed unnoticed, and it is not made up for.
        case miss(alert: Bool)
    }

    /// The occurrence that is decided: the last that has come.
    package var occurrence: Int
    package var action: Action
    /// How many before it passed unnoticed, as far as they are counted.
    package var missed: Int

    /// So much later than its time a start is not missed.
    package static let grace = 120_000
    /// Missed occurrences are counted up to here.
    package static let countLimit = 1000
    /// Occurrences that wait for one job at most.
    package static let queueLimit = 10

    /// What is known of a job.
    package struct Memory: Sendable, Hashable {
        /// Everything up to here is decided.
        package var decidedUpTo: Int
        package var isPaused: Bool
        /// Whether a former run still goes on.
        package var isRunning: Bool
        /// How many occurrences wait already.
        package var queued: Int

        package init(decidedUpTo: Int, isPaused: Bool = false, isRunning: Bool = false, queued: Int = 0) {
            self.decidedUpTo = decidedUpTo
            self.isPaused = isPaused
            self.isRunning = isRunning
            self.queued = queued
        }
    }

    /// What is to be done at `now`; nil where nothing has come that is not decided.
    package init?(_ timing: JobTiming, _ schedule: Schedule, _ memory: Memory, now: Int) {
        guard let due = Self.due(timing, after: memory.decidedUpTo, now: now) else { return nil }
        occurrence = due
        missed = timing.cron.count(
            after: memory.decidedUpTo, upTo: due - 1, in: timing.zone, limit: Self.countLimit)
        action = Self.action(schedule, memory, isLate: now - due - timing.delay(of: due) > Self.grace)
    }

    /// The last occurrence whose start has come and that is not decided.
    private static func due(_ timing: JobTiming, after decided: Int, now: Int) -> Int? {
        var bound = now
        // With jitter the last one may still wait while the one before it is due.
        while let occurrence = timing.cron.last(upTo: bound, in: timing.zone), occurrence > decided {
            if occurrence + timing.delay(of: occurrence) <= now { return occurrence }
            if now - occurrence > timing.jitter { return nil }
            bound = occurrence - 1
        }
        return nil
    }

    private static func action(_ schedule: Schedule, _ memory: Memory, isLate: Bool) -> Action {
        if memory.isPaused { return .skip("the job is paused") }
        if isLate && schedule.missed != .runOnce { return .miss(alert: schedule.missed == .alert) }
        guard memory.isRunning || memory.queued > 0 else { return .start }
        switch schedule.overlap {
        case .skip: return .skip("the former run still goes on")
        case .queue: return memory.queued < queueLimit ? .queue : .skip("\(memory.queued) wait already")
        case .cancel: return memory.queued < queueLimit ? .replace : .skip("\(memory.queued) wait already")
        }
    }
}
