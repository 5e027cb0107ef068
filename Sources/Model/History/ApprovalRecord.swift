/// A decision on a plan, with the statement that was signed.
package struct ApprovalRecord: Sendable, Hashable, Codable {
    package enum Decision: String, Sendable, Hashable, Codable { case approve, deny }

    package var run: RunID
    /// `start`, or `step:` and the step's name.
    package var gate: String
    /// The plan's digest.
    package var plan: String
    package var decision: Decision
    package var person: String
    /// The name in `allowed_signers`.
    package var principal: String
    /// The key's fingerprint.
    package var key: String
    /// Canonical JSON: the bytes that are signed.
    package var statement: String
    /// Armored.
    package var signature: String
    package var reason: String
    /// Milliseconds since 1970.
    package var given: Int
    package var expires: Int

    package init(
        run: RunID, gate: String, plan: String, decision: Decision, person: String, principal: String, key: String,
        statement: String, signature: String, reason: String, given: Int, expires: Int
    ) {
        self.run = run
        self.gate = gate
        self.plan = plan
        self.decision = decision
        self.person = person
        self.principal = principal
        self.key = key
        self.statement = statement
        self.signature = signature
        self.reason = reason
        self.given = given
        self.expires = expires
    }
}

/// A gate at which a run waits or has waited.
package struct GateRecord: Sendable, Hashable, Codable {
    package var run: RunID
    /// `start`, or `step:` and the step's name.
    package var gate: String
    package var plan: String
    package var requirement: Approval
    /// Milliseconds since 1970.
    package var opened: Int
    /// When what it asked for was used; nil until then.
    package var used: Int?
    /// Why nobody was asked.
    package var breakGlass: String?

    package init(
        run: RunID, gate: String, plan: String, requirement: Approval, opened: Int, used: Int? = nil,
        breakGlass: String? = nil
    ) {
        self.run = run
        self.gate = gate
        self.plan = plan
        self.requirement = requirement
        self.opened = opened
        self.used = used
        self.breakGlass = breakGlass
    }
}

/// An approval given beforehand, for as many runs as its statement says.
package struct StandingRecord: Sendable, Hashable, Codable {
    /// 32 hexadecimal digits.
    package var id: String
    package var runbook: String
    package var person: String
    package var principal: String
    package var key: String
    /// Canonical JSON: the bytes that are signed.
    package var statement: String
    /// Armored.
    package var signature: String
    /// How often it may be used.
    package var limit: Int
    package var uses: Int
    /// Milliseconds since 1970.
    package var given: Int
    package var expires: Int
    package var revoked: Int?
    package var revokedBy: String?

    package init(
        id: String, runbook: String, person: String, principal: String, key: String, statement: String,
        signature: String, limit: Int, uses: Int = 0, given: Int, expires: Int, revoked: Int? = nil,
        revokedBy: String? = nil
    ) {
        self.id = id
        self.runbook = runbook
        self.person = person
        self.principal = principal
        self.key = key
        self.statement = statement
        self.signature = signature
        self.limit = limit
        self.uses = uses
        self.given = given
        self.expires = expires
        self.revoked = revoked
        self.revokedBy = revokedBy
    }
}
