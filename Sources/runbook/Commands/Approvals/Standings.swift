import Controller
import Model
import Relay

/// Where standing approvals are taken in: this program's own database, or the service's.
protocol Standings: Sendable {
    func proposal(_ request: StandingRequest) async throws -> DecisionProposal
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

    func proposal(_ request: StandingRequest) async throws -> DecisionProposal {
        let choice = try await KeyOwners(workspace).choose(
            among: request.keys, namespace: StandingDesk.namespace,
            candidates: try await desk.candidates(request.order.runbook))
        let statement = try await desk.statement(request.order, person: choice.person)
        return DecisionProposal(statement: statement.canonical, person: choice.person, key: choice.index)
    }

    func give(_ signed: SignedStatement) async throws -> StandingRecord {
        try await desk.give(statement: signed.statement, signature: signed.signature)
    }

    func close() async throws { try await service.close() }
}

/// Of the service.
struct ServedStandings: Standings {
    private let client: RelayClient

    init(_ client: RelayClient) { self.client = client }

    func proposal(_ request: StandingRequest) async throws -> DecisionProposal {
        let proposal = try client.answer(
            ["standing", "exchange", "--stage", "statement"], DecisionProposal.self, input: request)
        try proposal.check(request)
        return proposal
    }

    func give(_ signed: SignedStatement) async throws -> StandingRecord {
        try client.answer(["standing", "exchange", "--stage", "decision"], StandingRecord.self, input: signed)
    }

    func close() async throws {}
}
