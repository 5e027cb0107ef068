import Foundation
import Model

/// A decision whose signature was checked against `allowed_signers` and the access file, just now.
package struct ProvenApproval: Sendable, Hashable {
    package var person: String
    package var principal: String
    /// The key's fingerprint, without a certificate.
    package var key: String
    package var isTouched: Bool
    /// The standing approval that it is; nil for one of this plan.
    package var standing: String?
    /// Milliseconds since 1970.
    package var expires: Int

    package init(
        person: String, principal: String, key: String, isTouched: Bool, standing: String? = nil, expires: Int
    ) {
        self.person = person
        self.principal = principal
        self.key = key
        self.isTouched = isTouched
        self.standing = standing
        self.expires = expires
    }
}

/// Checks signed decisions.
package struct ApprovalProof: Sendable {
    /// The database's id.
    package var site: String
    package var signers: AllowedSigners
    package var people: People

    package init(site: String, signers: AllowedSigners, people: People) {
        self.site = site
        self.signers = signers
        self.people = people
    }

    /// How far clocks may be apart, or have been set back, in milliseconds.
    private static let tolerance = 300_000

    /// Checks a decision on the plan `plan` at `gate` of `run`, at `now` (milliseconds since 1970).
    /// - Throws: `GovernanceError` that says which field or whose key is wrong.
    package func check(
        _ text: String, signature: String, run: RunID, gate: String, plan: String, now: Int
    ) throws(GovernanceError) -> (statement: ApprovalStatement, proven: ProvenApproval) {
        let statement = try ApprovalStatement(canonical: text)
        for (field, found, wanted) in [
            ("site", statement.site, site), ("run", statement.run, run.description), ("gate", statement.gate, gate),
            ("plan", statement.plan, plan),
        ] where found != wanted {
            throw GovernanceError(
                .unproven, "The approval's field '\(field)' is '\(found.prefix(80))', not '\(wanted.prefix(80))'.")
        }
        guard ApprovalRecord.Decision(rawValue: statement.decision) != nil else {
            throw GovernanceError(.malformed, "The approval's field 'decision' is neither approve nor deny.")
        }
        try checkTimes(given: statement.given, expires: statement.expires, now: now)
        let proven = try prove(
            text, signature, namespace: ApprovalStatement.namespace, person: statement.approver,
            expires: statement.expires, now: now)
        return (statement, proven)
    }

    /// Checks a standing approval, whatever plan it is for.
    package func checkStanding(
        _ text: String, signature: String, now: Int
    ) throws(GovernanceError) -> (statement: StandingStatement, proven: ProvenApproval) {
        let statement = try StandingStatement(canonical: text)
        guard statement.site == site else {
            throw GovernanceError(.unproven, "The standing approval's field 'site' is that of another database.")
        }
        try checkTimes(given: statement.given, expires: statement.expires, now: now)
        var proven = try prove(
            text, signature, namespace: StandingStatement.namespace, person: statement.approver,
            expires: statement.expires, now: now)
        proven.standing = statement.id
        return (statement, proven)
    }

    private func checkTimes(given: Int, expires: Int, now: Int) throws(GovernanceError) {
        guard given <= now + Self.tolerance else {
            throw GovernanceError(
                .unproven, "The approval's field 'given' lies ahead.",
                hint: "A clock is wrong, or was set back: this machine's, or the approver's.")
        }
        guard expires > now else { throw GovernanceError(.unproven, "The approval has expired.") }
    }

    private func prove(
        _ text: String, _ armored: String, namespace: String, person: String, expires: Int, now: Int
    ) throws(GovernanceError) -> ProvenApproval {
        let signer = try SSHSignature(armored: armored).verify(Array(text.utf8), namespace: namespace)
        let found = signers.principals(of: signer, namespace: namespace, at: now / 1000)
        guard !found.isEmpty else {
            throw GovernanceError(
                .unproven, "allowed_signers gives the key \(signer.key.fingerprint) to nobody for \(namespace) now.",
                hint: "It must stand there with a name written out, be within its times, and not be revoked.")
        }
        guard let principal = found.first(where: { people.person(ofPrincipal: $0) == person }) else {
            throw GovernanceError(
                .unproven,
                "The key \(signer.key.fingerprint) is that of \(found.joined(separator: ", ")), not of '\(person)'.")
        }
        return ProvenApproval(
            person: person, principal: principal, key: signer.key.fingerprint,
            isTouched: signer.proof.isTouched ?? false, expires: expires)
    }

    /// The persons to whom `allowed_signers` and the access file give a key or certificate.
    package func owners(of blob: [UInt8], namespace: String, now: Int) -> [String] {
        let certificate = SSHCertificate.isCertificate(blob) ? try? SSHCertificate(blob: blob) : nil
        guard let key = certificate?.key ?? (try? SSHKey(blob: blob)) else { return [] }
        let signer = SSHSignature.Proven(
            key: key, certificate: certificate, proof: SSHKey.Proof(algorithm: key.type))
        return signers.principals(of: signer, namespace: namespace, at: now / 1000)
            .compactMap { people.person(ofPrincipal: $0) }
    }
}
