import Engine
import Model

extension RunService {
    /// Runs that wait at a gate, the oldest first.
    package func waitingRuns() async throws -> [RunSummary] {
        try await journal.runs(RunFilter(phases: [.waitingApproval, .waitingWindow], limit: 10_000))
            .filter { $0.ended == nil }.reversed()
    }

    /// Goes on with a run that waits, if its gate lets it now, or ends it, if its gate never will; detects again first.
    /// - Returns: how it ended or where it waits next; nil while there is nothing to be done, or another process does it.
    package func goOn(
        _ run: RunID, control: RunControl, observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState? {
        let summary = try await journal.run(named: run.description)
        guard summary.ended == nil, summary.phase == .waitingApproval || summary.phase == .waitingWindow else {
            return nil
        }
        guard try await isReady(summary) else { return nil }
        do {
            return try await resume(run.description, control: control, observe: observe)
        } catch let error as JournalError where error.code == .runBusy {
            return nil
        }
    }

    /// Ends a run that waits before its first change, and that no process carries out.
    /// - Returns: whether it was one.
    /// - Throws: `RequestError` for one that waits in its middle.
    package func endWaiting(_ summary: RunSummary) async throws -> Bool {
        guard summary.ended == nil, summary.phase == .waitingApproval || summary.phase == .waitingWindow,
            try await !journal.isAttended(summary.id)
        else { return false }
        if let open = try await openStep(of: summary.id) {
            throw RequestError(
                .refused, "Run \(summary.id.short) has begun to change nodes, and waits in step '\(open.step)'.",
                hint: "Deny it, and the runbook's on_failure decides: runbook deny \(summary.id.short) --reason TEXT")
        }
        let control = RunControl()
        control.cancel()
        _ = try await resume(summary.id.description, control: control, observe: { _ in })
        return true
    }

    /// Whether the gate at which a run waits would let it go on, or would never.
    private func isReady(_ summary: RunSummary) async throws -> Bool {
        guard let stored = try await journal.plan(of: summary.id) else { return true }
        let gates = gates(
            requester: try await journal.header(of: summary.id).requester, breakGlass: nil, confirm: { _, _ in true })
        if let step = try await openStep(of: summary.id) {
            let question = GateOffice.Question(
                run: summary.id, step: step.step, requirement: step.requirement, plan: stored.plan,
                digest: stored.digest, requester: summary.requester)
            return try await GateOffice(workspace, journal).ask(question).answer != .waiting
        }
        if WallClock().wallTime() > stored.plan.expires { return true }
        if case .waiting = await gates.outlook(stored.plan, digest: stored.digest, run: summary.id) { return false }
        return true
    }

    /// The step in whose middle a run waits.
    func openStep(of run: RunID) async throws -> (step: String, requirement: Approval)? {
        try await journal.gates(of: run).last { $0.used == nil && $0.gate.hasPrefix("step:") }.map {
            (ChangeGates.name($0.gate), $0.requirement)
        }
    }

    /// The gates of a run that `requester` asked for.
    func gates(
        requester: Requester, breakGlass: String?, confirm: @escaping @Sendable (Plan, String) async -> Bool
    ) -> ChangeGates {
        ChangeGates(
            GateOffice(workspace, journal), requester: requester, breakGlass: breakGlass, confirm: confirm)
    }
}
