import Engine
import Foundation
import Governance
import Model
import SSH

/// Where approvals are asked for and given.
package struct ApprovalDesk: Sendable {
    /// Under which decisions are signed.
    package static let namespace = ApprovalStatement.namespace

    private let service: RunService

    package init(_ service: RunService) { self.service = service }

    /// What is to be approved, checked against its digest.
    package struct Matter: Sendable {
        package let pending: PendingApproval
        /// Only what the digest covers.
        package let plan: Plan
        let question: GateOffice.Question
    }

    /// All that waits for approvals.
    package func pending() async throws -> [PendingApproval] {
        var found: [PendingApproval] = []
        for run in try await service.journal.runs(RunFilter(phases: [.waitingApproval], limit: 10_000)).reversed() {
            found.append(try await matter(run, step: nil).pending)
        }
        return found
    }

    /// What run `name` waits for. With `step`, it must wait in that one.
    /// - Throws: `RequestError` when it does not wait, or when the plan that is kept has not the digest it was kept under.
    package func matter(_ name: String, step: String?) async throws -> Matter {
        try await matter(try await service.journal.run(named: name), step: step)
    }

    private func matter(_ run: RunSummary, step: String?) async throws -> Matter {
        guard run.ended == nil, run.phase == .waitingApproval else {
            throw RequestError(
                .refused, "Run \(run.id.short) does not wait for an approval: it is \(run.phase.rawValue).",
                hint: "runbook approvals lists what does.")
        }
        guard let stored = try await service.journal.plan(of: run.id) else {
            throw RequestError(.refused, "Run \(run.id.short) has no plan.")
        }
        guard stored.plan.digest == stored.digest, run.planDigest == nil || run.planDigest == stored.digest else {
            throw RequestError(
                .refused, "The plan that is kept of run \(run.id.short) is not the one of its digest.",
                hint: "Somebody has changed the database. Approve nothing of it: runbook audit verify")
        }
        let open = try await service.openStep(of: run.id)
        if let step, open?.step != step {
            throw RequestError(
                .refused, "Run \(run.id.short) does not wait in step '\(step)'.",
                hint: open.map { "It waits in step '\($0.step)'." } ?? "It waits before its first change.")
        }
        guard let requirement = open?.requirement ?? stored.plan.approve else {
            throw RequestError(.refused, "Run \(run.id.short) asks nobody for an approval.")
        }
        let question = GateOffice.Question(
            run: run.id, step: open?.step, requirement: requirement, plan: stored.plan, digest: stored.digest,
            requester: run.requester)
        let standing = try await GateOffice(service.workspace, service.journal).ask(question)
        let authority = try await Authority(service.workspace)
        let pending = PendingApproval(
            run: run.id, runbook: run.runbook, gate: ChangeGates.name(question.gate), step: open?.step,
            plan: stored.digest, nodes: NodeSet(names: stored.plan.workedOn.map(\.name)).folded,
            requester: authority.people.subject(run.requester).description, message: requirement.message,
            needed: standing.count.needed,
            given: standing.count.counted.map {
                PendingApproval.Given(person: $0.person, key: $0.key, expires: $0.expires)
            },
            candidates: standing.candidates.filter { name in !standing.count.counted.contains { $0.person == name } },
            started: run.started, expires: stored.plan.expires, waitsFor: Self.text(standing))
        return Matter(pending: pending, plan: stored.plan.digested, question: question)
    }

    private static func text(_ standing: GateOffice.Standing) -> String {
        switch standing.answer {
        case .granted: "Nothing: it can go on."
        case .waiting: standing.wait
        case .impossible(let reason, let hint): "\(reason) \(hint)"
        case .denied(let person, let reason): "\(person) denied it: \(reason)"
        }
    }

    // MARK: Deciding

    /// The statement of a decision, for `person` to sign.
    /// - Throws: `GovernanceError` when this person's decision could not count.
    package func statement(
        _ matter: Matter, _ decision: ApprovalRecord.Decision, person: String, reason: String
    ) async throws -> ApprovalStatement {
        try await check(matter, decision, person: person, isTouched: true)
        let now = try await BelievedTime(service.journal).forGiving()
        let expires = min(
            now + Int(matter.question.requirement.expires.components.seconds) * 1000, matter.question.plan.expires)
        return try ApprovalStatement(
            site: try await service.journal.site(), run: matter.question.run, gate: matter.question.gate,
            plan: matter.question.digest, decision: decision, approver: person, reason: reason, given: now,
            expires: expires)
    }

    /// Takes a signed decision in, after checking it.
    /// - Returns: whether the run waits no longer, whether its gate is met, and what it waits for or why it ends.
    package func give(
        _ matter: Matter, statement text: String, signature: String
    ) async throws -> (goesOn: Bool, isGranted: Bool, text: String) {
        try await service.anchoring.check()
        let authority = try await Authority(service.workspace)
        let question = matter.question
        let proof = ApprovalProof(
            site: try await service.journal.site(), signers: authority.signers, people: authority.people)
        let (statement, proven) = try proof.check(
            text, signature: signature, run: question.run, gate: question.gate, plan: question.digest,
            now: try await BelievedTime(service.journal).forGiving())
        guard statement.expires <= statement.given + Int(question.requirement.expires.components.seconds) * 1000 else {
            throw GovernanceError(.refused, "The approval's field 'expires' is later than the runbook lets it be.")
        }
        let decision: ApprovalRecord.Decision = statement.decision == "deny" ? .deny : .approve
        try await check(matter, decision, person: proven.person, isTouched: proven.isTouched)
        if decision == .approve,
            matter.pending.given.contains(where: { $0.person == proven.person && $0.key == proven.key })
        {
            throw GovernanceError(
                .refused, "\(proven.person) has approved this plan already, with this key.",
                hint: matter.pending.waitsFor)
        }
        let record = ApprovalRecord(
            run: question.run, gate: question.gate, plan: question.digest, decision: decision, person: proven.person,
            principal: proven.principal, key: proven.key, statement: text, signature: signature,
            reason: statement.reason, given: statement.given, expires: statement.expires)
        var detail = authority.fileDigests
        detail.merge([
            "approver": proven.person, "principal": proven.principal, "key": proven.key,
            "gate": ChangeGates.name(question.gate), "statement": text, "signature": signature,
            "reason": statement.reason, "expires": String(statement.expires),
        ]) { $1 }
        try await service.journal.keep(
            record,
            AuditEntry(
                actor: RunService.requester, action: decision == .approve ? .approvalGiven : .approvalDenied,
                run: question.run, nodes: matter.pending.nodes, planDigest: question.digest,
                outcome: decision.rawValue, detail: detail))
        let standing = try await GateOffice(service.workspace, service.journal).ask(question)
        return (standing.answer != .waiting, standing.answer == .granted, Self.text(standing))
    }

    /// Refuses a decision that could not count.
    private func check(
        _ matter: Matter, _ decision: ApprovalRecord.Decision, person: String, isTouched: Bool
    ) async throws {
        let authority = try await Authority(service.workspace)
        let question = matter.question
        for record in try await service.journal.approvals(ofPlan: question.digest) where record.decision == .deny {
            throw GovernanceError(
                .refused, "\(record.person) has denied this plan, which is final: \(record.reason)",
                hint: "Make a new plan.")
        }
        guard try await BelievedTime(service.journal).now <= question.plan.expires else {
            throw GovernanceError(.refused, "The plan has expired.", hint: "Make a new one.")
        }
        let quorum = Quorum(
            question.requirement, people: authority.people, requester: authority.people.subject(question.requester))
        if decision == .approve, let misfit = quorum.misfit(person: person, isTouched: isTouched) {
            throw GovernanceError(
                .refused, "This approval would not count: \(misfit).",
                hint: "\(quorum.candidates.joined(separator: ", ")) can give one.")
        }
        let action: AccessAction = decision == .approve ? .approve : .deny
        let isCandidate = quorum.candidates.contains(person)
        let access = authority.policy.decide(
            .person(person, user: person), action, runbook: question.plan.runbook,
            nodes: NodeSet(names: question.plan.workedOn.map(\.name)))
        // Whoever may approve a plan may also deny it.
        guard access.isAllowed || decision == .deny && isCandidate else {
            try await service.journal.record(
                AuditEntry(
                    actor: RunService.requester, action: .accessRefused, run: question.run,
                    planDigest: question.digest, outcome: "refused",
                    detail: ["action": action.rawValue, "why": access.refusal]))
            throw GovernanceError(.refused, access.refusal)
        }
        guard decision == .approve || authority.policy.isInForce || isCandidate else {
            throw GovernanceError(
                .refused, "\(person) is none of the approvers.",
                hint: "\(quorum.candidates.joined(separator: ", ")) can deny it.")
        }
    }
}
