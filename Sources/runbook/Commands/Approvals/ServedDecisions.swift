import Controller
import Model
import Relay

/// Decisions on a run of the service: it is asked for the plan and the statement, and what it answers is held against the
/// digest and against what was asked for before anything is signed on this side.
struct ServedDecisions: Decisions {
    private let client: RelayClient
    private let words: [String]
    private let asked: DecisionMatter

    init(_ client: RelayClient, run: String, step: String?) throws {
        self.client = client
        words = ["approvals", "exchange", run] + (step.map { ["--step", $0] } ?? [])
        asked = try client.answer(words + ["--stage", ExchangeStage.matter.rawValue], DecisionMatter.self)
        try asked.check()
    }

    func matter() async throws -> DecisionMatter { asked }

    func proposal(_ request: DecisionRequest) async throws -> DecisionProposal {
        let proposal = try client.answer(
            words + ["--stage", ExchangeStage.statement.rawValue], DecisionProposal.self, input: request)
        try proposal.check(asked, request)
        return proposal
    }

    func give(_ signed: SignedStatement) async throws -> DecisionOutcome {
        try client.answer(words + ["--stage", ExchangeStage.decision.rawValue], DecisionOutcome.self, input: signed)
    }

    func close() async throws {}
}
