import Engine
import Foundation
import Governance
import Model

/// Where standing approvals are given, listed and revoked.
package struct StandingDesk: Sendable {
    /// Under which standing approvals are signed.
    package static let namespace = StandingStatement.namespace

    private let service: RunService

    package init(_ service: RunService) { self.service = service }

    /// What somebody wants to approve beforehand, as they typed it.
    package struct Order: Sendable, Codable {
        package var runbook: String
        package var selector: String
        /// By parameter: `any`, `1..5`, or values as `apply --param` takes them.
        package var parameters: [String: String]
        package var count: Int
        package var lifetime: Duration
        package var reason: String

        package init(
            runbook: String, selector: String, parameters: [String: String], count: Int, lifetime: Duration,
            reason: String
        ) {
            self.runbook = runbook
            self.selector = selector
            self.parameters = parameters
            self.count = count
            self.lifetime = lifetime
            self.reason = reason
        }
    }

    /// Who may give one of that scope: its runbook's approvers.
    package func candidates(_ scope: StandingScope) async throws -> [String] {
        let people = try await Authority(service.workspace).people
        return Quorum(try await requirement(scope), people: people, requester: .account("")).candidates
    }

    /// What a runbook asks for under the change rules; of one that asks nobody, its operator's confirmation can be given
    /// beforehand by anybody who may approve.
    private func requirement(_ scope: StandingScope) async throws -> Approval {
        let workspace = service.workspace
        let rules = try workspace.changeRules(
            for: scope.runbook, on: NodeSet(parsing: scope.nodes, resolver: nil), of: try await workspace.inventory())
        if let approval = try workspace.runbook(scope.runbook).governed(by: rules).approve { return approval }
        return try await GateOffice(service.workspace, service.journal).anyApproval()
    }

    /// For which runs `order` would be good.
    /// - Throws: `RequestError` where it names something that there is not, or leaves a parameter out.
    package func scope(_ order: Order) async throws -> StandingScope {
        let runbook = try service.workspace.runbook(order.runbook)
        let inventory = try await service.workspace.inventory()
        let nodes = try TargetSelection(inventory).nodes(order.selector, within: runbook.targets, of: runbook.name)
        for name in order.parameters.keys where !runbook.parameters.contains(where: { $0.name == name }) {
            throw RequestError(.usage, "Runbook '\(runbook.name)' has no parameter '\(name)'.")
        }
        var ranges: [String: StandingStatement.Range] = [:]
        for parameter in runbook.parameters {
            guard let text = order.parameters[parameter.name] else {
                throw RequestError(
                    .usage, "For which values of parameter '\(parameter.name)' is it to be good?",
                    hint: "Add --param \(parameter.name)=VALUE, =A,B, =1..5 or =any")
            }
            ranges[parameter.name] = try range(text, parameter)
        }
        let digests = Dictionary(
            runbook.sources.map { ($0.path, DigestText.sha256($0.bytes)) }, uniquingKeysWith: { first, _ in first })
        return StandingScope(
            runbook: runbook.name, version: runbook.version, source: StandingStatement.source(of: digests),
            nodes: nodes.folded, parameters: ranges, count: order.count)
    }

    private func range(_ text: String, _ parameter: Parameter) throws -> StandingStatement.Range {
        do throws(ValueError) {
            return try StandingStatement.Range(text, of: parameter)
        } catch {
            throw RequestError(.usage, "Parameter '\(parameter.name)': \(error.message).", hint: error.hint)
        }
    }

    /// The statement of `order`, for `person` to sign.
    package func statement(_ order: Order, person: String) async throws -> StandingStatement {
        let scope = try await scope(order)
        var generator = SystemRandomNumberGenerator()
        let now = try await BelievedTime(service.journal).forGiving()
        return try StandingStatement(
            site: try await service.journal.site(),
            id: RunID(random: generator.next(), generator.next()).description, scope: scope, approver: person,
            reason: order.reason, given: now, expires: now + Int(order.lifetime.components.seconds) * 1000)
    }

    /// Takes a signed statement in, after checking it.
    /// - Throws: `GovernanceError` when it is not proven, or its giver may not.
    package func give(statement text: String, signature: String) async throws -> StandingRecord {
        try await service.anchoring.check()
        let authority = try await Authority(service.workspace)
        let proof = ApprovalProof(
            site: try await service.journal.site(), signers: authority.signers, people: authority.people)
        let (statement, proven) = try proof.checkStanding(
            text, signature: signature, now: try await BelievedTime(service.journal).forGiving())
        let quorum = Quorum(
            try await requirement(statement.scope), people: authority.people, requester: .account(""))
        if let misfit = quorum.misfit(person: proven.person, isTouched: proven.isTouched) {
            throw GovernanceError(.refused, "This approval would not count: \(misfit).")
        }
        let access = authority.policy.decide(
            .person(proven.person, user: proven.person), .approve, runbook: statement.scope.runbook,
            nodes: try NodeSet(parsing: statement.scope.nodes, resolver: nil))
        guard access.isAllowed else { throw GovernanceError(.refused, access.refusal) }
        let record = StandingRecord(
            id: statement.id, runbook: statement.scope.runbook, person: proven.person, principal: proven.principal,
            key: proven.key, statement: text, signature: signature, limit: statement.scope.count,
            given: statement.given,
            expires: statement.expires)
        var detail = authority.fileDigests
        detail.merge([
            "id": statement.id, "approver": proven.person, "principal": proven.principal, "key": proven.key,
            "runbook": statement.scope.runbook, "statement": text, "signature": signature, "reason": statement.reason,
            "expires": String(statement.expires), "count": String(statement.scope.count),
        ]) { $1 }
        try await service.journal.keep(
            record,
            AuditEntry(
                actor: RunService.requester, action: .standingGiven, nodes: statement.scope.nodes, detail: detail))
        return record
    }

    /// The standing approval whose id begins with `text`.
    package func standing(_ text: String) async throws -> StandingRecord {
        let found = try await service.journal.standings(of: nil).filter { $0.id.hasPrefix(text) }
        guard found.count == 1, !text.isEmpty, let record = found.first else {
            throw RequestError(
                .usage,
                found.isEmpty || text.isEmpty
                    ? "There is no standing approval '\(text)'." : "Several standing approvals begin with '\(text)'.",
                hint: "runbook standing list")
        }
        return record
    }

    /// Revokes it: its giver may, and whoever may deny.
    package func revoke(_ record: StandingRecord) async throws {
        let authority = try await Authority(service.workspace)
        let subject = authority.people.subject(RunService.requester)
        let access = authority.policy.decide(
            subject, .deny, runbook: record.runbook,
            nodes: try? NodeSet(parsing: StandingStatement(canonical: record.statement).scope.nodes, resolver: nil))
        guard subject.person == record.person || access.isAllowed else {
            throw GovernanceError(.refused, access.refusal, hint: "\(record.person), who gave it, can.")
        }
        let name = subject.person ?? RunService.requester.user
        try await service.journal.revoke(
            standing: record.id, by: name,
            AuditEntry(
                actor: RunService.requester, action: .standingRevoked,
                detail: ["id": record.id, "runbook": record.runbook, "by": name]))
    }
}
