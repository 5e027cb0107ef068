import Controller
import Governance
import Model
import Relay

/// Where standing approvals are taken in: this program's own database, or the service's.
protocol Standings: Sendable {
    /// For which runs it would be good.
    func scope(_ order: StandingDesk.Order) async throws -> StandingScope
    /// The statement of that `scope`.
    func proposal(_ request: StandingRequest, of scope: StandingScope) async throws -> DecisionProposal
    func give(_ signed: SignedStatement) async throws -> StandingRecord
    func close() async throws
}

/// Of a database that this program opens itself.
struct LocalStandings: Standings {
    private let workspace: Workspace
    private let service: RunService
    private let desk: StandingDesk

    init(_ workspace: Workspace) async throws {
        self.workspace = workspace
        service = try await RunService(workspace)
        desk = StandingDesk(service)
    }

    func scope(_ order: StandingDesk.Order) async throws -> StandingScope { try await desk.scope(order) }

    func proposal(_ request: StandingRequest, of scope: StandingScope) async throws -> DecisionProposal {
        let proposal = try await proposal(request)
        try proposal.check(request, scope)
        return proposal
    }

    /// The statement as the files are now.
    func proposal(_ request: StandingRequest) async throws -> DecisionProposal {
        let choice = try await KeyOwners(workspace).choose(
            among: request.keys, namespace: StandingDesk.namespace,
            candidates: try await desk.candidates(desk.scope(request.order)))
        let statement = try await desk.statement(request.order, person: choice.person)
        return DecisionProposal(statement: statement.canonical, person: choice.person, key: choice.index)
    }

    func give(_ signed: SignedStatement) async throws -> StandingRecord {
        try await desk.give(statement: signed.statement, signature: signed.signature)
    }

    func close() async throws { try await service.close() }

    /// Lets the user of this process see what a standing approval would be for: whoever can give it, and whoever may
    /// read the runbook's runs.
    func requireToRead(_ order: StandingDesk.Order) async throws {
        let person = try await Authority(workspace).people.subject(RunService.requester).person
        if let person, let scope = try? await desk.scope(order), try await desk.candidates(scope).contains(person) {
            return
        }
        try await AccessGuard(workspace, service.journal).require(.read, runbook: order.runbook)
    }
}

/// Of the service.
struct ServedStandings: Standings {
    private let client: RelayClient

    init(_ client: RelayClient) { self.client = client }

    func scope(_ order: StandingDesk.Order) async throws -> StandingScope {
        let request = StandingRequest(order: order, keys: [])
        let scope = try client.answer(words(.matter), StandingScope.self, input: request)
        try request.check(scope)
        return scope
    }

    func proposal(_ request: StandingRequest, of scope: StandingScope) async throws -> DecisionProposal {
        let proposal = try client.answer(words(.statement), DecisionProposal.self, input: request)
        try proposal.check(request, scope)
        return proposal
    }

    func give(_ signed: SignedStatement) async throws -> StandingRecord {
        try client.answer(words(.decision), StandingRecord.self, input: signed)
    }

    func close() async throws {}

    private func words(_ stage: ExchangeStage) -> [String] { ["standing", "exchange", "--stage", stage.rawValue] }
}
