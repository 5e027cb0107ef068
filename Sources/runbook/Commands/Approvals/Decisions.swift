import Controller

/// Where decisions are taken in: this program's own database, or the service's.
protocol Decisions: Sendable {
    /// What is decided on.
    func matter() async throws -> DecisionMatter
    func proposal(_ request: DecisionRequest) async throws -> DecisionProposal
    func give(_ signed: SignedStatement) async throws -> DecisionOutcome
    func close() async throws
}
