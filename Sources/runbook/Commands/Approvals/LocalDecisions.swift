import Controller
import Model

/// Decisions on a run of a database that this program opens itself.
struct LocalDecisions: Decisions {
    private let workspace: Workspace
    private let service: RunService
    private let desk: ApprovalDesk
    private let found: ApprovalDesk.Matter

    init(_ workspace: Workspace, run: String, step: String?) async throws {
        self.workspace = workspace
        service = try await RunService(workspace)
        desk = ApprovalDesk(service)
        found = try await desk.matter(run, step: step)
    }

    func matter() async throws -> DecisionMatter { DecisionMatter(pending: found.pending, plan: found.plan) }

    func proposal(_ request: DecisionRequest) async throws -> DecisionProposal {
        var person = request.person ?? ""
        var key: Int?
        if request.person == nil {
            let choice = try await KeyOwners(workspace).choose(
                among: request.keys, namespace: ApprovalDesk.namespace, candidates: found.pending.candidates)
            person = choice.person
            key = choice.index
        }
        let statement = try await desk.statement(found, request.decision, person: person, reason: request.reason)
        return DecisionProposal(statement: statement.canonical, person: person, key: key)
    }

    func give(_ signed: SignedStatement) async throws -> DecisionOutcome {
        let outcome = try await desk.give(found, statement: signed.statement, signature: signed.signature)
        return DecisionOutcome(
            goesOn: outcome.goesOn, isGranted: outcome.isGranted, text: outcome.text,
            isAttended: try await service.journal.isAttended(found.pending.run))
    }

    func close() async throws { try await service.close() }

    /// Lets the user of this process see what is decided on: whoever decides, and whoever may read the run.
    func requireToRead() async throws {
        let person = try await Authority(workspace).people.subject(RunService.requester).person
        if let person, found.pending.candidates.contains(person) { return }
        try await AccessGuard(workspace, service.journal).require(.read, run: found.pending.run.description)
    }
}
