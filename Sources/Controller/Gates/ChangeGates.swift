import Engine
import Governance
import Model

/// The gates of a run: approvals where the plan asks for them, else its operator's confirmation; then the change window.
package struct ChangeGates: RunGates {
    private let office: GateOffice
    /// Who asked for the run.
    private let requester: Requester
    /// Why nobody is asked and no window is waited for; nil in peace.
    private let breakGlass: String?
    private let window: (any WindowGating)?
    private let confirm: @Sendable (Plan, String) async -> Bool

    /// Asks `confirm` where nobody else has to be asked. Without a `window` no plan that needs one is carried out.
    package init(
        _ office: GateOffice, requester: Requester, breakGlass: String? = nil, window: (any WindowGating)? = nil,
        confirm: @escaping @Sendable (Plan, String) async -> Bool
    ) {
        self.office = office
        self.requester = requester
        self.breakGlass = breakGlass
        self.window = window
        self.confirm = confirm
    }

    package var canApproveSteps: Bool { true }

    package func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        guard plan.gate != .none, breakGlass == nil else { return .granted(by: nil) }
        return await guarded {
            if let question = question(plan, digest, run) {
                let decision = decision(try await office.ask(question), question)
                if decision != .granted(by: requester) { return decision }
            }
            return await windowDecision(plan, run)
        }
    }

    package func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        if plan.gate == .none { return .granted(by: nil) }
        return await guarded {
            guard let question = question(plan, digest, run) else {
                if breakGlass == nil, await !confirm(plan, digest) {
                    return .refused("The plan was not confirmed.", hint: "Confirm at the terminal, or use --yes.")
                }
                if let breakGlass, plan.gate == .window {
                    try await use(Self.nobody(run, digest, breakGlass))
                    return .granted(by: requester)
                }
                let decision = await windowDecision(plan, run)
                return decision == .granted(by: nil) ? .granted(by: requester) : decision
            }
            return try await pass(question, window: plan)
        }
    }

    package func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        await guarded {
            guard let plan = try await office.journal.plan(digest: digest)?.plan else {
                return .refused("The plan of the run is not kept.", hint: nil)
            }
            return try await pass(
                GateOffice.Question(
                    run: run, step: step, requirement: approval, plan: plan, digest: digest, requester: requester),
                window: nil)
        }
    }

    package func isOpen(_ window: WindowRequirement) async -> Bool {
        if breakGlass != nil { return true }
        return await self.window?.isOpen(window) ?? false
    }

    /// What has to be approved before the first change; nil where nobody has to be asked.
    private func question(_ plan: Plan, _ digest: String, _ run: RunID) -> GateOffice.Question? {
        plan.approve.map {
            GateOffice.Question(
                run: run, step: nil, requirement: $0, plan: plan, digest: digest, requester: requester)
        }
    }

    /// Asks, waits or uses up what was given.
    private func pass(_ question: GateOffice.Question, window plan: Plan?) async throws -> GateDecision {
        let reason =
            if let breakGlass { breakGlass as String? } else {
                try await office.journal.gates(of: question.run).first { $0.gate == "start" }?.breakGlass
            }
        var gate = GateRecord(
            run: question.run, gate: question.gate, plan: question.digest, requirement: question.requirement,
            opened: WallClock().wallTime())
        if let reason {
            gate.breakGlass = reason
            try await use(gate)
            return .granted(by: requester)
        }
        let standing = try await office.ask(question)
        let decision = decision(standing, question)
        guard decision == .granted(by: requester) else {
            if case .waiting = decision { try await office.journal.open(gate) }
            return decision
        }
        if let plan {
            let opening = await windowDecision(plan, question.run)
            guard opening == .granted(by: nil) else { return opening }
        }
        return try await use(gate, standing.count.counted)
    }

    private func decision(_ standing: GateOffice.Standing, _ question: GateOffice.Question) -> GateDecision {
        switch standing.answer {
        case .granted: return .granted(by: requester)
        case .impossible(let reason, let hint): return .refused(reason, hint: hint)
        case .denied(let person, let reason): return .refused("\(person) denied the plan: \(reason)", hint: nil)
        case .waiting:
            let step = question.step.map { " of step '\($0)'" } ?? ""
            return .waiting("Approval\(step): \(standing.wait)", phase: .waitingApproval)
        }
    }

    private func windowDecision(_ plan: Plan, _ run: RunID) async -> GateDecision {
        guard plan.gate == .window, let requirement = plan.window else { return .granted(by: nil) }
        guard let window else {
            return .refused("The plan needs an open change window, and none is configured.", hint: nil)
        }
        let decision = await window.admit(requirement, plan: plan, run: run)
        if case .granted = decision { return .granted(by: nil) }
        return decision
    }

    // MARK: Use

    /// A gate at which nobody has to be asked, for a plan that only needs a window.
    private static func nobody(_ run: RunID, _ digest: String, _ reason: String) -> GateRecord {
        GateRecord(
            run: run, gate: ApprovalStatement.gate(step: nil), plan: digest,
            requirement: Approval(approvers: [], minimum: 1), opened: WallClock().wallTime(), breakGlass: reason)
    }

    private func use(_ gate: GateRecord) async throws {
        try await office.journal.use(
            gate, standing: [],
            [
                AuditEntry(
                    actor: requester, action: .breakGlassUsed, run: gate.run, planDigest: gate.plan,
                    detail: ["reason": gate.breakGlass ?? "", "gate": Self.name(gate.gate)])
            ])
    }

    private func use(_ gate: GateRecord, _ approvals: [ProvenApproval]) async throws -> GateDecision {
        var entries = [
            AuditEntry(
                actor: requester, action: .approvalUsed, run: gate.run, planDigest: gate.plan,
                detail: [
                    "gate": Self.name(gate.gate), "approvers": approvals.map(\.person).joined(separator: ","),
                    "keys": approvals.map(\.key).joined(separator: ","),
                ])
        ]
        for approval in approvals {
            guard let id = approval.standing else { continue }
            entries.append(
                AuditEntry(
                    actor: requester, action: .standingUsed, run: gate.run, planDigest: gate.plan,
                    detail: ["id": id, "approver": approval.person, "key": approval.key]))
        }
        do {
            try await office.journal.use(gate, standing: approvals.compactMap(\.standing), entries)
        } catch let error as JournalError where error.code == .alreadyUsed {
            return .refused(error.message, hint: error.hint)
        }
        return .granted(by: requester)
    }

    /// A gate's name for people: `start`, or the step's name.
    package static func name(_ gate: String) -> String {
        gate.hasPrefix("step:") ? String(gate.dropFirst("step:".count)) : gate
    }

    /// A gate that can't be asked is closed.
    private func guarded(_ body: () async throws -> GateDecision) async -> GateDecision {
        do {
            return try await body()
        } catch {
            let known = OperatorError(error)
            return .refused(
                "The gate can't be judged: \(known?.sentence ?? "\(error)")", hint: known?.mend)
        }
    }
}
