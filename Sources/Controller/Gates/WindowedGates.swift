import Engine
import Model
import Synchronization

/// Other gates, and the change window where a plan needs one. What the other gates need is used up only while the window
/// is open.
struct WindowedGates: RunGates {
    let base: any RunGates
    let windows: WindowGate
    /// Whether a closed window is waited for, and not a refusal.
    let waits: Bool
    /// Asks the operator before a run is left to wait, where nobody has to approve it.
    let confirm: @Sendable (Plan, String) async -> Bool
    let witness: WindowWitness

    var canApproveSteps: Bool { base.canApproveSteps }

    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        await base.approve(approval, step: step, digest: digest, run: run)
    }

    func isOpen(_ window: WindowRequirement) async -> Bool { await state(of: window).isOpen }

    func state(of window: WindowRequirement) async -> WindowState {
        let state = await windows.state(window.calendar)
        if state.isOpen {
            witness.watch(window, state, by: windows)
        } else {
            await witness.closed(window, state)
        }
        return state
    }

    func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        let outlook = await base.outlook(plan, digest: digest, run: run)
        guard case .granted = outlook, plan.gate == .window else { return outlook }
        guard let window = plan.window else { return Self.noWindow }
        let state = await windows.state(window.calendar)
        return state.isOpen ? outlook : closed(window, state)
    }

    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        guard plan.gate == .window else { return await base.admit(plan, digest: digest, run: run) }
        guard let window = plan.window else { return Self.noWindow }
        let state = await windows.state(window.calendar)
        guard state.isOpen else {
            guard waits else {
                await witness.refused(window, state)
                return closed(window, state)
            }
            let outlook = await base.outlook(plan, digest: digest, run: run)
            guard case .granted = outlook else { return outlook }
            if plan.approve == nil, await !confirm(plan, digest) {
                return .refused("The plan was not confirmed.", hint: "Confirm at the terminal, or use --yes.")
            }
            return closed(window, state)
        }
        let decision = await base.admit(plan, digest: digest, run: run)
        if case .granted = decision {
            await witness.entered(window, state)
            witness.watch(window, state, by: windows)
        }
        return decision
    }

    private func closed(_ window: WindowRequirement, _ state: WindowState) -> GateDecision {
        let text = "The change window \(window.calendar) is closed. \(state.text)"
        if waits { return .waiting(text, phase: .waitingWindow) }
        return .refused(text, hint: "Come again then, or let it wait: --wait.")
    }

    private static let noWindow = GateDecision.refused(
        "The plan needs a change window, and its runbook names none.", hint: "Add a window: block to the runbook.")
}

/// Keeps the audit records of one run's change window.
final class WindowWitness: Sendable {
    private let run: RunID
    private let requester: Requester
    private let journal: any JournalStore
    private let clock: any EngineClock
    private let hasClosed = Mutex(false)
    private let watch = Mutex<Task<Void, Never>?>(nil)

    /// How long before a window's end it is said that it closes: half of what is left, ten minutes at most.
    private static let longestNotice = 600_000
    /// How often the calendar is looked at again until then, since somebody may change it.
    private static let lookout = 60_000

    init(run: RunID, requester: Requester, journal: any JournalStore, clock: any EngineClock = WallClock()) {
        self.clock = clock
        self.run = run
        self.requester = requester
        self.journal = journal
    }

    deinit { watch.withLock { $0?.cancel() } }

    func entered(_ window: WindowRequirement, _ state: WindowState) async {
        await record(.windowEntered, window, state)
    }

    func refused(_ window: WindowRequirement, _ state: WindowState) async {
        await record(.windowRefused, window, state)
    }

    /// Records the first time that it is closed while the run goes on.
    func closed(_ window: WindowRequirement, _ state: WindowState) async {
        let isFirst = hasClosed.withLock { hasClosed in
            defer { hasClosed = true }
            return !hasClosed
        }
        if isFirst { await record(.windowClosed, window, state) }
    }

    /// Has it recorded, once and as long as this witness is there, that the window is about to close.
    func watch(_ window: WindowRequirement, _ state: WindowState, by windows: WindowGate) {
        guard let closes = state.closes else { return }
        let notice = min(Self.longestNotice, (closes - clock.wallTime()) / 2)
        watch.withLock { watch in
            guard watch == nil else { return }
            watch = Task { [weak self, clock] in
                var state = state
                while let closes = state.closes, state.isOpen {
                    let left = closes - clock.wallTime() - notice
                    guard left > 0 else {
                        await self?.closing(window, state, in: closes - clock.wallTime())
                        return
                    }
                    await clock.pause(for: .milliseconds(min(left, Self.lookout)))
                    guard !Task.isCancelled else { return }
                    state = await windows.state(window.calendar)
                }
            }
        }
    }

    private func closing(_ window: WindowRequirement, _ state: WindowState, in left: Int) async {
        guard let summary = try? await journal.run(named: run.description), summary.ended == nil else { return }
        var state = state
        state.text = "The change window \(window.calendar) closes in \(Duration.seconds(max(left, 0) / 1000).text)."
        await record(.windowClosing, window, state)
    }

    private func record(_ action: AuditAction, _ window: WindowRequirement, _ state: WindowState) async {
        var detail = ["calendar": window.calendar]
        if let closes = state.closes { detail["closes"] = String(closes) }
        // A journal that takes no record stops the run at its next event.
        try? await journal.record(
            AuditEntry(
                actor: requester, action: action, run: run, outcome: state.text.isEmpty ? nil : state.text,
                detail: detail))
    }
}
