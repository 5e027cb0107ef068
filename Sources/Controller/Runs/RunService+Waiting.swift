import Engine
import Model

extension RunService {
    /// Goes on with a run that waits, if its gate lets it now, or ends it, if its gate never will; detects again first.
    /// - Returns: how it ended or where it waits next; nil while there is nothing to be done, or another process does it.
    package func goOn(
        _ run: RunID, control: RunControl, observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState? {
        let summary = try await journal.run(named: run.description)
        guard summary.ended == nil, summary.phase.isWaiting else { return nil }
        if RunCancellation(workspace.settings).isRequested(run) {
            control.raise(to: .finishSteps)
        } else if try await !isReady(summary) {
            return nil
        }
        do {
            return try await resume(run.description, control: control, observe: observe)
        } catch let error as JournalError where error.code == .runBusy {
            return nil
        }
    }

    /// Ends a run that waits before its first change, and that no process carries out.
    /// - Returns: whether it was one.
    /// - Throws: `RequestError` for one that waits in its middle.
    func endWaiting(_ summary: RunSummary) async throws -> Bool {
        guard summary.ended == nil, summary.phase.isWaiting, try await !journal.isAttended(summary.id) else {
            return false
        }
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

    /// Runs that waited for approvals and have what they need now, or can never have it.
    package func approvedRuns() async throws -> [RunID] {
        var ready: [RunID] = []
        for run in try await journal.waitingRuns() where run.phase == .waitingApproval {
            if try await isReady(run) { ready.append(run.id) }
        }
        return ready
    }

    /// Whether the gate at which a run waits would let it go on, or would never.
    private func isReady(_ summary: RunSummary) async throws -> Bool {
        guard let stored = try await journal.plan(of: summary.id) else { return true }
        let requester = try await journal.header(of: summary.id).requester
        if let step = try await openStep(of: summary.id) {
            let question = GateOffice.Question(
                run: summary.id, step: step.step, requirement: step.requirement, plan: stored.plan,
                digest: stored.digest, requester: requester)
            return try await GateOffice(workspace, journal).ask(question).answer != .waiting
        }
        if try await BelievedTime(journal).now > stored.plan.expires { return true }
        let gates = WindowedGates(
            base: ChangeGates(GateOffice(workspace, journal), requester: requester, confirm: { _, _ in true }),
            windows: WindowGate(workspace, journal: journal), waits: true, confirm: { _, _ in true },
            witness: WindowWitness(run: summary.id, requester: requester, journal: journal))
        let outlook = await gates.outlook(stored.plan, digest: stored.digest, run: summary.id)
        if case .waiting(_, let phase) = outlook { return phase != summary.phase }
        return true
    }

    /// The step in whose middle a run waits.
    func openStep(of run: RunID) async throws -> (step: String, requirement: Approval)? {
        try await journal.gates(of: run).last { $0.used == nil && $0.gate.hasPrefix("step:") }.map {
            (ChangeGates.name($0.gate), $0.requirement)
        }
    }

    /// The gates of a run: approvals or a confirmation, and the change window. Whoever breaks the glass waits for neither.
    func gates(
        _ prepared: PreparedRun, _ windows: WindowGate, confirm: @escaping @Sendable (Plan, String) async -> Bool
    ) -> any RunGates {
        let requester = prepared.header.requester
        let approvals = ChangeGates(
            GateOffice(workspace, journal), requester: requester, breakGlass: prepared.breakGlass,
            unattended: prepared.unattended, confirm: confirm)
        if prepared.breakGlass != nil { return approvals }
        return WindowedGates(
            base: approvals, windows: windows, waits: prepared.waitsForWindow, confirm: confirm,
            witness: WindowWitness(run: prepared.header.id, requester: requester, journal: journal))
    }
}
