import Engine
import Model

extension RunService {
    /// Waits in this process for a run's change window, and goes on with the run then, until it has ended or waits for
    /// something else.
    package func waitForWindow(
        _ ending: RunEndState, control: RunControl, notice: @escaping @Sendable (String) -> Void,
        observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState {
        var ending = ending
        let gate = WindowGate(workspace, journal: journal)
        while ending.state.phase == .waitingWindow, let run = ending.state.header?.id, let plan = ending.plan?.plan,
            let window = plan.window
        {
            notice(ending.state.stopReason ?? "The run waits for the change window \(window.calendar).")
            let watcher = Task { await RunCancellation(workspace.settings).watch(run, control) }
            defer { watcher.cancel() }
            while await !gate.state(window.calendar).isOpen, WallClock().wallTime() <= plan.expires {
                try? await Task.sleep(for: .seconds(1))
                // It stays as it is: the service, or `resume`, goes on with it.
                if control.level > .go { break }
            }
            if control.isInterrupted {
                return RunEndState(state: ending.state, plan: ending.plan, exitStatus: 130, notices: [])
            }
            ending = try await resume(run.description, control: control, observe: observe)
        }
        return ending
    }
}
