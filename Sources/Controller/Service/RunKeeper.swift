import Engine
import Model

/// The runs that the service carries out now.
actor RunKeeper {
    private struct Active {
        var control: RunControl
        var task: Task<Void, Never>
    }

    /// After so many failed tries the service does not go on with a run.
    static let tries = 3

    private let journal: any JournalStore
    private let report: @Sendable (String) -> Void
    /// Is told when a run can't be gone on with.
    private let gaveUp: @Sendable (RunID, String) async -> Void
    private var active: [RunID: Active] = [:]
    private var isDraining = false

    init(
        _ journal: any JournalStore, report: @escaping @Sendable (String) -> Void,
        gaveUp: @escaping @Sendable (RunID, String) async -> Void
    ) {
        self.journal = journal
        self.report = report
        self.gaveUp = gaveUp
    }

    func isActive(_ run: RunID) -> Bool { active[run] != nil }

    /// Carries a run out until it has ended, waits or is interrupted. It has to be taken in the journal before.
    func start(_ run: RunID, failures: Int = 0, _ work: @escaping @Sendable (RunControl) async throws -> RunEndState) {
        guard active[run] == nil, !isDraining else { return }
        let control = RunControl()
        let task = Task {
            do {
                await self.ended(run, try await work(control))
            } catch {
                await self.failed(run, error, failures: failures)
            }
        }
        active[run] = Active(control: control, task: task)
    }

    /// Asks a run to stop, if it goes on here.
    func cancel(_ run: RunID) -> Bool {
        guard let found = active[run] else { return false }
        found.control.raise(to: .finishSteps)
        return true
    }

    /// Ends the steps in progress of a service that drains.
    func hurry() {
        for run in active.values { run.control.raise(to: .stopNow) }
    }

    /// Lets steps in progress finish, begins nothing new, and returns when all runs are left for the next start.
    func drain() async {
        isDraining = true
        for run in active.values { run.control.interrupt() }
        for run in active.values { await run.task.value }
    }

    private func ended(_ run: RunID, _ ending: RunEndState) async {
        active[run] = nil
        if ending.state.phase.isWaiting {
            report("run \(run.short): \(ending.state.stopReason ?? "it waits")")
        } else if ending.state.ending != nil {
            try? await journal.leave(run: run)
            report("run \(run.short): ended, exit status \(ending.exitStatus)")
        } else {
            report("run \(run.short): interrupted; it goes on at the next start")
        }
    }

    private func failed(_ run: RunID, _ error: any Error, failures: Int) async {
        active[run] = nil
        let text = OperatorError(error)?.sentence ?? "\(error)"
        report("run \(run.short): \(text)")
        if let error = error as? JournalError, error.code == .runBusy { return }
        if failures + 1 >= Self.tries {
            await gaveUp(run, text)
        } else {
            try? await journal.countFailure(of: run)
        }
    }
}
