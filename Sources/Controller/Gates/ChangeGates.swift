import Engine
import Governance
import Model

/// What people have to say to a run: approvals where the plan asks for them, else its operator's confirmation. Change
/// windows are `WindowedGates`' business.
package struct ChangeGates: RunGates {
    private let office: GateOffice
    /// Who asked for the run.
    private let requester: Requester
    /// Why nobody is asked and no window is waited for; nil in peace.
    private let breakGlass: String?
    /// What a job's run may do that nobody attends.
    private let unattended: Schedule.Unattended?
    private let confirm: @Sendable (Plan, String) async -> Bool

    /// Asks `confirm` where nobody else has to be asked.
    package init(
        _ office: GateOffice, requester: Requester, breakGlass: String? = nil,
        unattended: Schedule.Unattended? = nil,
        confirm: @escaping @Sendable (Plan, String) async -> Bool
    ) {
        self.office = office
        self.requester = requester
        self.breakGlass = breakGlass
        self.unattended = unattended
        self.confirm = confirm
    }

    package var canApproveSteps: Bool { true }

    package func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        guard plan.gate != .none, breakGlass == nil else { return .granted(by: nil) }
        return await guarded {
            guard let question = try await question(plan, digest, run) else { return .granted(by: nil) }
            return decision(try await office.ask(question), question)
        }
    }

    package func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        if plan.gate == .none { return .granted(by: nil) }
        return await guarded {
            if let question = try await question(plan, digest, run) { return try await pass(question) }
            if let breakGlass {
                try await use(Self.nobody(run, digest, breakGlass))
            } else if await !confirm(plan, digest) {
                return .refused("The plan was not confirmed.", hint: "Confirm at the terminal, or use --yes.")
            }
            return .granted(by: requester)
        }
    }

    package func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        await guarded {
            guard let plan = try await office.journal.plan(digest: digest)?.plan else {
                return .refused("The plan of the run is not kept.", hint: nil)
            }
            return try await pass(
                GateOffice.Question(
                    run: run, step: step, requirement: approval, plan: plan, digest: digest, requester: requester))
        }
    }

    /// Only asked where the glass is broken.
    package func isOpen(_ window: WindowRequirement) async -> Bool { breakGlass != nil }

    /// What has to be approved before the first change; nil where nobody has to be asked. A job's run that nobody can
    /// confirm takes a standing approval of anybody who may give one.
    private func question(_ plan: Plan, _ digest: String, _ run: RunID) async throws -> GateOffice.Question? {
        var requirement = plan.approve
        if requirement == nil, unattended == .standing { requirement = try await office.anyApproval() }
        return requirement.map {
            GateOffice.Question(run: run, step: nil, requirement: $0, plan: plan, digest: digest, requester: requester)
        }
    }

    /// Asks, waits or uses up what was given.
    private func pass(_ question: GateOffice.Question) async throws -> GateDecision {
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
        return try await use(gate, standing.count.counted)
    }

    private func decision(_ standing: GateOffice.Standing, _ question: GateOffice.Question) -> GateDecision {
        switch standing.answer {
        case .granted: return .granted(by: requester)
        case .impossible(let reason, let hint): return .refused(reason, hint: hint)
        case .denied(let person, let reason): return .refused("\(person) denied the plan: \(reason)", hint: nil)
        case .waiting where unattended == .standing && question.step == nil:
            return .refused(
                "No standing approval covers this run.",
                hint: "Give one: runbook standing give \(question.plan.runbook) …")
        case .waiting:
            let step = question.step.map { " of step '\($0)'" } ?? ""
            return .waiting("Approval\(step): \(standing.wait)", phase: .waitingApproval)
        }
    }

    // MARK: Use

    /// The gate of a plan that nobody has to approve.
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
