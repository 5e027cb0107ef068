import Engine
import Governance
import Model

/// Goes on with runs: those that an earlier service was torn away from, and those that waited for what is there now.
actor WaitingRunService: ServicePart {
    nonisolated let name = "waiting runs"
    nonisolated let interval = Duration.seconds(2)

    private let context: ServiceContext
    private let clock: any EngineClock
    private let starter: JobStarter

    init(_ context: ServiceContext, clock: any EngineClock) {
        self.context = context
        self.clock = clock
        starter = JobStarter(context: context)
    }

    func step() async throws {
        for taken in try await context.journal.takenRuns() {
            if await context.keeper.isActive(taken.run) || taken.phase.isWaiting { continue }
            try await goOn(taken)
        }
        let approved = Set(try await context.hooks.approvedRuns(context.journal))
        let gate = WindowGate(context.runs.workspace, journal: context.journal, clock: clock)
        for waiting in try await context.journal.waitingRuns() {
            if await context.keeper.isActive(waiting.id) { continue }
            guard try await isReady(waiting, approved, gate) else { continue }
            try await context.journal.take(run: waiting.id)
            await resume(
                ServiceRun(
                    run: waiting.id, job: try await job(of: waiting.id), failures: 0, hasBegun: true,
                    phase: waiting.phase))
        }
    }

    /// What the service has taken and does not carry out: it was killed, or it drained.
    private func goOn(_ taken: ServiceRun) async throws {
        guard taken.hasBegun else {
            guard let occurrence = try await occurrence(of: taken.run) else {
                return try await context.journal.leave(run: taken.run)
            }
            // Claimed, and nothing came of it: its time may have passed by now.
            let late = clock.wallTime() - occurrence.decided > JobDecision.grace
            if late, let job = context.job(occurrence.job), job.schedule.missed != .runOnce {
                return try await starter.fail(occurrence, "The service ended before its run had begun.")
            }
            return try await starter.begin(occurrence)
        }
        let header = try await context.journal.header(of: taken.run)
        guard header.kind == .apply || header.kind == .rollback else {
            let text = "The service ended while it looked at the nodes. The job's next time looks again."
            if let occurrence = try await occurrence(of: taken.run) { return try await starter.fail(occurrence, text) }
            return try await context.journal.leave(run: taken.run)
        }
        await resume(taken)
    }

    private func resume(_ taken: ServiceRun) async {
        let runs = context.runs
        let unattended = taken.job.flatMap { context.job($0)?.schedule.unattended }
        // What waited for its window was confirmed before. Of a job's run nobody has confirmed anything.
        let isConfirmed = taken.job == nil
        context.report("run \(taken.run.short): going on")
        await context.keeper.start(taken.run, failures: taken.failures) { control in
            try await runs.resume(
                taken.run.description, control: control, unattended: unattended, isConfirmed: isConfirmed,
                isTakenUp: true, observe: { _ in })
        }
    }

    /// Whether what a run waits for is there, or it can't wait any longer.
    private func isReady(_ waiting: RunSummary, _ approved: Set<RunID>, _ gate: WindowGate) async throws -> Bool {
        if RunCancellation(context.settings).isRequested(waiting.id) { return true }
        guard waiting.phase == .waitingWindow else { return approved.contains(waiting.id) }
        guard let plan = try await context.journal.plan(of: waiting.id)?.plan, let window = plan.window else {
            return true
        }
        if clock.wallTime() > plan.expires { return true }
        return await gate.state(window.calendar).isOpen
    }

    private func occurrence(of run: RunID) async throws -> OccurrenceRecord? {
        try await context.journal.occurrences(of: nil, state: .started, limit: 10_000).first { $0.run == run }
    }

    private func job(of run: RunID) async throws -> String? {
        try await context.journal.takenRuns().first { $0.run == run }?.job
    }
}
