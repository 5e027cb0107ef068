import Engine
import Governance
import Model

/// What somebody decides on.
package struct DecisionMatter: Sendable, Codable {
    package var pending: PendingApproval
    /// Only what the digest covers.
    package var plan: Plan

    package init(pending: PendingApproval, plan: Plan) {
        self.pending = pending
        self.plan = plan
    }

    /// Holds the plan against its digest, where somebody else has said both.
    /// - Throws: `RequestError` when they differ.
    package func check() throws {
        guard plan.digest == pending.plan else {
            throw RequestError(
                .refused, "The plan that is shown of run \(pending.run.short) is not the one of its digest.",
                hint: "Approve nothing of it, and tell whoever keeps the service.")
        }
    }
}

/// Of what a statement is made.
package struct DecisionRequest: Sendable, Codable {
    package var decision: ApprovalRecord.Decision
    package var reason: String
    /// Whoever one of these stands for will sign.
    package var keys: [OfferedKey]
    /// This person will, elsewhere.
    package var person: String?

    package init(
        _ decision: ApprovalRecord.Decision, reason: String, keys: [OfferedKey] = [], person: String? = nil
    ) {
        self.decision = decision
        self.reason = reason
        self.keys = keys
        self.person = person
    }
}

/// A statement, and whose key of those that were offered signs it.
package struct DecisionProposal: Sendable, Codable {
    package var statement: String
    package var person: String
    /// The key's place among the offered ones; nil where a person was named instead.
    package var key: Int?

    package init(statement: String, person: String, key: Int?) {
        self.statement = statement
        self.person = person
        self.key = key
    }

    fileprivate static let otherStatement = RequestError(
        .refused, "The statement that the service has made is about something else. Nothing was signed.",
        hint: "Tell whoever keeps the service.")

    /// Holds a statement that somebody else has made against what was asked for.
    /// - Throws: `RequestError` when it says anything else.
    package func check(_ matter: DecisionMatter, _ request: DecisionRequest) throws {
        let read = try ApprovalStatement(canonical: statement)
        let isSigners = key.map { request.keys.indices.contains($0) } ?? (person == request.person)
        guard isSigners, read.approver == person, read.run == matter.pending.run.description,
            read.plan == matter.pending.plan, read.gate == ApprovalStatement.gate(step: matter.pending.step),
            read.decision == request.decision.rawValue, read.reason == request.reason,
            read.expires <= matter.plan.expires
        else { throw Self.otherStatement }
    }
}

/// A statement with its signature, as it is handed in.
package struct SignedStatement: Sendable, Codable {
    package var statement: String
    package var signature: String

    package init(statement: String, signature: String) {
        self.statement = statement
        self.signature = signature
    }
}

/// What became of a decision.
package struct DecisionOutcome: Sendable, Codable {
    /// Whether the run waits no longer.
    package var goesOn: Bool
    /// Whether its gate is met: not where the run can only end.
    package var isGranted: Bool
    /// What it waits for, or why it ends.
    package var text: String
    /// Whether some process will see to it that the run goes on.
    package var isAttended: Bool

    package init(goesOn: Bool, isGranted: Bool, text: String, isAttended: Bool) {
        self.goesOn = goesOn
        self.isGranted = isGranted
        self.text = text
        self.isAttended = isAttended
    }
}

/// What a standing approval's statement is made of.
package struct StandingRequest: Sendable, Codable {
    package var order: StandingDesk.Order
    package var keys: [OfferedKey]

    package init(order: StandingDesk.Order, keys: [OfferedKey]) {
        self.order = order
        self.keys = keys
    }
}

extension StandingRequest {
    /// Holds a scope that somebody else has worked out against what was asked for. What the runbook's files, the node set
    /// and a parameter's type make of it only whoever reads the scope can judge.
    /// - Throws: `RequestError` when they differ.
    package func check(_ scope: StandingScope) throws {
        guard scope.runbook == order.runbook, scope.count == order.count,
            scope.parameters.count == order.parameters.count,
            scope.parameters.allSatisfy({ name, range in order.parameters[name].map(range.isReading(of:)) ?? false })
        else { throw DecisionProposal.otherStatement }
    }
}

extension DecisionProposal {
    /// Holds a standing approval's statement that somebody else has made against what was asked for and read.
    /// - Throws: `RequestError` when it says anything else.
    package func check(_ request: StandingRequest, _ scope: StandingScope) throws {
        let read = try StandingStatement(canonical: statement)
        guard let key, request.keys.indices.contains(key), read.approver == person, read.scope == scope,
            read.reason == request.order.reason,
            read.expires - read.given <= Int(request.order.lifetime.components.seconds) * 1000
        else { throw Self.otherStatement }
    }
}
