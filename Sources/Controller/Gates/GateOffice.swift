import Engine
import Governance
import Model

/// Finds out how a gate stands: which approvals hold now, how many are needed, who can still give one.
package struct GateOffice: Sendable {
    let workspace: Workspace
    let journal: any JournalStore

    package init(_ workspace: Workspace, _ journal: any JournalStore) {
        self.workspace = workspace
        self.journal = journal
    }

    /// A gate of a run's plan.
    package struct Question: Sendable {
        package var run: RunID
        /// Nil: before the first change.
        package var step: String?
        package var requirement: Approval
        package var plan: Plan
        /// Of the plan that was shown, of which `plan` may be a part.
        package var digest: String
        /// Who asked for the run.
        package var requester: Requester

        package var gate: String { ApprovalStatement.gate(step: step) }
    }

    /// How it stands.
    package struct Standing: Sendable {
        package enum Answer: Sendable, Hashable {
            case granted
            case waiting
            /// Nobody can ever grant it, for this reason.
            case impossible(String, hint: String)
            case denied(by: String, reason: String)
        }

        package var answer: Answer
        package var count: Quorum.Count
        package var candidates: [String]

        /// What it waits for, in one sentence.
        package var wait: String {
            let missing = count.needed - count.counted.count
            let given = count.counted.isEmpty ? "" : ", \(count.counted.map(\.person).joined(separator: ", ")) gave one"
            let open = candidates.filter { name in !count.counted.contains { $0.person == name } }
            let notes = count.passedOver.isEmpty ? "" : " (not counted: \(count.passedOver.joined(separator: "; ")))"
            return "\(missing) of \(count.needed) approvals \(missing == 1 ? "is" : "are") missing\(given); "
                + "\(open.joined(separator: ", ")) can give \(missing == 1 ? "it" : "them")\(notes)."
        }
    }

    /// One approval of anybody whom the access file lets approve.
    func anyApproval() async throws -> Approval {
        Approval(approvers: try await Authority(workspace).people.names, minimum: 1)
    }

    /// Checks everything that was given for `question`, its signatures included.
    package func ask(_ question: Question) async throws -> Standing {
        let authority = try await Authority(workspace)
        let quorum = Quorum(
            question.requirement, people: authority.people, requester: authority.people.subject(question.requester))
        let proof = ApprovalProof(
            site: try await journal.site(), signers: authority.signers, people: authority.people)
        let time = try await BelievedTime(journal)
        let acceptance = try await acceptance()
        var given: [ProvenApproval] = []
        var complaints: [String] = []
        for record in try await journal.approvals(ofPlan: question.digest) {
            if record.decision == .deny {
                return Standing(
                    answer: .denied(by: record.person, reason: record.reason), count: quorum.count([]), candidates: [])
            }
            guard record.run == question.run, record.gate == question.gate else { continue }
            do throws(GovernanceError) {
                let checked = try proof.check(
                    record.statement, signature: record.signature, run: question.run, gate: question.gate,
                    plan: question.digest, now: time.now)
                guard checked.statement.decision == ApprovalRecord.Decision.approve.rawValue else { continue }
                guard checked.statement.given > acceptance else {
                    complaints.append("\(record.person)'s was given before the audit chain was accepted anew")
                    continue
                }
                given.append(checked.proven)
            } catch {
                complaints.append("\(record.person)'s: \(error.message)")
            }
        }
        if question.step == nil { given += try await standing(question, proof, acceptance, time.now) }
        if let doubt = time.doubt {
            given = []
            complaints = ["\(doubt), so no approval counts"]
        }
        given = given.filter { approval in
            let decision = authority.policy.decide(
                .person(approval.person, user: approval.person), .approve, runbook: question.plan.runbook,
                nodes: NodeSet(names: question.plan.workedOn.map(\.name)))
            if !decision.isAllowed { complaints.append(decision.refusal) }
            return decision.isAllowed
        }
        var count = quorum.count(given)
        count.passedOver += complaints
        let answer: Standing.Answer =
            if count.isMet {
                .granted
            } else if let impossibility = quorum.impossibility {
                .impossible(impossibility.reason, hint: impossibility.hint)
            } else {
                .waiting
            }
        return Standing(answer: answer, count: count, candidates: quorum.candidates)
    }

    /// When somebody last took a database as it was, which voids all that was approved before: a copy put back may hold
    /// approvals that were used already. Milliseconds since 1970.
    private func acceptance() async throws -> Int {
        try await journal.auditRecords(AuditFilter(action: .auditAccepted, newestFirst: true, limit: 1)).first?.time
            ?? 0
    }

    /// Standing approvals that are for the plan and not used up.
    private func standing(
        _ question: Question, _ proof: ApprovalProof, _ acceptance: Int, _ now: Int
    ) async throws -> [ProvenApproval] {
        try await journal.standings(of: question.plan.runbook).compactMap { record in
            guard record.revoked == nil, record.uses < record.limit,
                let checked = try? proof.checkStanding(record.statement, signature: record.signature, now: now),
                checked.statement.given > acceptance, checked.statement.id == record.id,
                checked.statement.scope.count == record.limit,
                checked.statement.misfit(question.plan) == nil
            else { return nil }
            return checked.proven
        }
    }
}
