import Foundation
import Model

/// What an approver signs: one decision on one plan at one gate of one run of one database.
package struct ApprovalStatement: Sendable, Hashable, Codable {
    /// Under which it is signed.
    package static let namespace = "approval@runbook"

    package var v = 1
    package var type = "approval"
    /// The database's id.
    package var site: String
    package var run: String
    /// `start`, or `step:` and the step's name.
    package var gate: String
    /// The plan's digest.
    package var plan: String
    /// `approve` or `deny`.
    package var decision: String
    /// The person.
    package var approver: String
    package var reason: String
    /// Milliseconds since 1970.
    package var given: Int
    package var expires: Int

    /// - Throws: `GovernanceError` for a text that could pass for something else.
    package init(
        site: String, run: RunID, gate: String, plan: String, decision: ApprovalRecord.Decision, approver: String,
        reason: String, given: Int, expires: Int
    ) throws(GovernanceError) {
        self.site = site
        self.run = run.description
        self.gate = gate
        self.plan = plan
        self.decision = decision.rawValue
        self.approver = approver
        self.reason = reason
        self.given = given
        self.expires = expires
        try check()
    }

    /// Reads canonical JSON, and nothing that is not.
    package init(canonical text: String) throws(GovernanceError) {
        guard let statement = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
            statement.canonical == text
        else { throw GovernanceError(.malformed, "This is no statement of an approval in its canonical form.") }
        self = statement
        try check()
    }

    /// RFC 8785: the bytes that are signed.
    package var canonical: String {
        let object = CanonicalJSON.object([
            "v": .int(v), "type": .string(type), "site": .string(site), "run": .string(run), "gate": .string(gate),
            "plan": .string(plan), "decision": .string(decision), "approver": .string(approver),
            "reason": .string(reason), "given": .int(given), "expires": .int(expires),
        ])
        return String(decoding: object.bytes, as: UTF8.self)
    }

    private func check() throws(GovernanceError) {
        for (field, text) in [
            ("type", type), ("site", site), ("run", run), ("gate", gate), ("plan", plan), ("decision", decision),
            ("approver", approver), ("reason", reason),
        ] { try StatementText.check(text, field: field) }
        guard v == 1, type == "approval" else {
            throw GovernanceError(.malformed, "A statement of type '\(type)', version \(v) is no approval.")
        }
    }

    /// What a gate's name is in statements: `start`, or the step's.
    package static func gate(step: String?) -> String { step.map { "step:" + $0 } ?? "start" }
}
