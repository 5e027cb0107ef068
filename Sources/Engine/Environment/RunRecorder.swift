import Model

/// The one way from a run to its journal: an event counts once it is durable, and after one failure nothing does.
actor RunRecorder {
    let run: RunID
    private let log: any RunLog
    private let clock: any EngineClock
    private let observe: @Sendable (RecordedEvent) -> Void
    private let control: RunControl
    private(set) var state: RunState
    private(set) var failure: EngineError?

    init(run: RunID, state: RunState = RunState(), environment: RunEnvironment, control: RunControl) {
        self.run = run
        self.state = state
        log = environment.log
        clock = environment.clock
        observe = environment.observe
        self.control = control
    }

    /// Returns once `events` are durable.
    /// - Throws: `EngineError` of code `journal`; from then on every call throws.
    func record(_ events: [RunEvent]) async throws(EngineError) {
        if let failure { throw failure }
        // Before it is kept: with the run's end the journal forgets its secrets.
        let shown = events.map { log.shown($0, run: run) }
        do {
            try await log.append(events, run: run)
        } catch {
            throw fail(error)
        }
        for event in shown {
            let recorded = RecordedEvent(run: run, sequence: state.sequence + 1, time: clock.wallTime(), event: event)
            state.apply(recorded)
            observe(recorded)
        }
    }

    func record(_ event: RunEvent) async throws(EngineError) { try await record([event]) }

    func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws(EngineError) -> OutputReceipt {
        if let failure { throw failure }
        do { return try await log.output(chunk, of: id, node: node) } catch { throw fail(error) }
    }

    /// `plan` without the run's secrets.
    nonisolated func shown(_ plan: Plan) -> Plan { log.shown(plan, run: run) }

    func store(_ plan: Plan, digest: String) async throws(EngineError) {
        if let failure { throw failure }
        do { try await log.store(plan: plan, digest: digest, run: run) } catch { throw fail(error) }
    }

    private func fail(_ error: any Error) -> EngineError {
        let failure =
            self.failure
            ?? EngineError(
                .journal, "The journal could not keep what happened, so nothing more is sent: \(error)",
                hint: "Once it can be written again: runbook resume \(run.short)")
        self.failure = failure
        control.interrupt()
        return failure
    }
}
