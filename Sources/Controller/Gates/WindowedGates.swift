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
        if !state.isOpen { await witness.closed(window, state) }
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
        if case .granted = decision { await witness.entered(window, state) }
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
    private let hasClosed = Mutex(false)

    init(run: RunID, requester: Requester, journal: any JournalStore) {
        self.run = run
        self.requester = requester
        self.journal = journal
    }

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
