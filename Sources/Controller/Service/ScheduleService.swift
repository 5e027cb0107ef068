import Engine
import Foundation
import Governance
import Model

/// Starts jobs when their time has come: every occurrence once.
///
/// An occurrence is claimed in the journal, with the id of its run, before anything else is done for it. Whoever comes
/// after a crash finds the claim, and begins that run or goes on with it, and no other.
actor ScheduleService: ServicePart {
    nonisolated let name = "schedules"
    nonisolated let interval = Duration.seconds(1)

    private struct Job {
        var job: ScheduledJob
        var timing: JobTiming
        /// Nothing is due before, in milliseconds since 1970.
        var looksAgain = 0
    }

    private let context: ServiceContext
    private let clock: ServiceClock
    private let starter: JobStarter
    private var jobs: [Job] = []
    private var generation = 0
    private var suspension: String?

    init(_ context: ServiceContext, clock: any EngineClock) {
        self.context = context
        self.clock = ServiceClock(context.journal, clock: clock, actor: context.requester)
        starter = JobStarter(context: context)
    }

    func step() async throws {
        let now: Int
        switch try await clock.answer() {
        case .time(let time):
            if suspension != nil { context.report("schedules go on") }
            suspension = nil
            now = time
        case .suspended(let reason):
            if suspension != reason {
                context.report(
                    "schedules are suspended: \(reason). Once the clock is right: runbook schedule resume --all")
                suspension = reason
            }
            return
        }
        try await load()
        try await beginQueued()
        for index in jobs.indices where jobs[index].looksAgain <= now { try await look(index, now) }
    }

    /// Registers the jobs, once for every reading of the files.
    private func load() async throws {
        let current = context.generation
        guard generation != current else { return }
        var loaded: [Job] = []
        for job in context.held.jobs {
            _ = try await context.journal.register(job: job.name, definition: job.definition)
            loaded.append(Job(job: job, timing: try job.timing))
        }
        jobs = loaded
        generation = current
    }

    private func look(_ index: Int, _ now: Int) async throws {
        let (job, timing) = (jobs[index].job, jobs[index].timing)
        guard let record = try await context.journal.jobRecords().first(where: { $0.job == job.name }) else { return }
        let taken = try await context.journal.takenRuns()
        let queued = try await context.journal.occurrences(
            of: job.name, state: .queued, limit: JobDecision.queueLimit + 1)
        let memory = JobDecision.Memory(
            decidedUpTo: record.decidedUpTo, isPaused: record.paused != nil,
            isRunning: taken.contains { $0.job == job.name }, queued: queued.count)
        guard let decision = JobDecision(timing, job.schedule, memory, now: now) else {
            // With jitter an occurrence that has come may still be put off: then every step looks.
            let next = timing.cron.next(after: max(now - timing.jitter, record.decidedUpTo), in: timing.zone)
            jobs[index].looksAgain = min(next.map { $0 + timing.delay(of: $0) } ?? .max, now + 3_600_000)
            return
        }
        try await carryOut(decision, job)
    }

    private func carryOut(_ decision: JobDecision, _ job: ScheduledJob) async throws {
        var occurrence = OccurrenceRecord(
            job: job.name, occurrence: decision.occurrence, state: .started, missed: decision.missed)
        switch decision.action {
        case .start: occurrence.run = RunService.newRunID()
        case .queue, .replace: occurrence.state = .queued
        case .skip(let why):
            occurrence.state = .skipped
            occurrence.text = why
        case .miss:
            occurrence.state = .missed
            occurrence.text = "its time passed while the service did not run, or was suspended"
        }
        guard try await context.journal.decide(occurrence, by: starter.requester(job.name)) else { return }
        if decision.missed > 0 || occurrence.state == .missed { await tellMissed(decision, job) }
        switch decision.action {
        case .start: try await starter.begin(occurrence)
        case .replace: try await cancelFormer(job)
        case .skip(let why): context.report("job \(job.name): skipped, \(why)")
        case .queue: context.report("job \(job.name): queued, the former run still goes on")
        case .miss: break
        }
    }

    private func tellMissed(_ decision: JobDecision, _ job: ScheduledJob) async {
        let count =
            decision.missed + (decision.action == .miss(alert: true) || decision.action == .miss(alert: false) ? 1 : 0)
        let number = count >= JobDecision.countLimit ? "\(JobDecision.countLimit) or more" : String(count)
        let text = "\(number) of its times passed unnoticed"
        context.report("job \(job.name): \(text)")
        if job.schedule.missed == .alert { await context.hooks.alert(context.journal, job.name, text) }
    }

    private func cancelFormer(_ job: ScheduledJob) async throws {
        for taken in try await context.journal.takenRuns() where taken.job == job.name {
            context.report("job \(job.name): run \(taken.run.short) is asked to stop for the next one")
            if await !context.keeper.cancel(taken.run) {
                try RunCancellation(context.settings).request(taken.run, now: false)
            }
        }
    }

    /// Begins what waited for a former run that has ended, the oldest first.
    private func beginQueued() async throws {
        let queued = try await context.journal.occurrences(of: nil, state: .queued, limit: 1000)
        guard !queued.isEmpty else { return }
        var busy = Set(try await context.journal.takenRuns().compactMap(\.job))
        for occurrence in queued.reversed() where !busy.contains(occurrence.job) {
            busy.insert(occurrence.job)
            let run = RunService.newRunID()
            guard
                try await context.journal.dequeue(occurrence, run: run, by: starter.requester(occurrence.job))
            else { continue }
            var started = occurrence
            started.state = .started
            started.run = run
            try await starter.begin(started)
        }
    }
}
