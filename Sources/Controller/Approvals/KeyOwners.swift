import Governance
import Model

/// The public side of a key that somebody could sign with.
package struct OfferedKey: Sendable, Hashable, Codable {
    /// The key or certificate as SSH writes it on the wire.
    package var key: [UInt8]
    package var fingerprint: String
    /// The agent's comment, or the file's path.
    package var comment: String
}

/// Whose keys are whose, by `allowed_signers`.
package struct KeyOwners: Sendable {
    private let authority: Authority

    /// Reads the inventory's files.
    package init(_ workspace: Workspace) async throws {
        authority = try await Authority(workspace)
    }

    /// The key to sign with in `namespace`, as its place in `keys`, and the person that it stands for: one of the user's
    /// own person first, then one of `candidates`.
    /// - Throws: `GovernanceError` when `allowed_signers` knows none.
    package func choose(
        among keys: [OfferedKey], namespace: String, candidates: [String]
    ) throws -> (index: Int, person: String) {
        let now = WallClock().wallTime()
        let proof = ApprovalProof(site: "", signers: authority.signers, people: authority.people)
        let own = authority.people.subject(RunService.requester).person
        let choices = keys.enumerated().flatMap { index, key in
            proof.owners(of: key.key, namespace: namespace, now: now).map { (index: index, person: $0) }
        }
        let best =
            choices.first { $0.person == own && candidates.contains($0.person) }
            ?? choices.first { candidates.contains($0.person) } ?? choices.first { $0.person == own } ?? choices.first
        guard let best else {
            let seen = keys.map { "\($0.fingerprint) (\($0.comment))" }.joined(separator: ", ")
            throw GovernanceError(
                .refused, "allowed_signers knows none of your keys: \(seen).",
                hint: "Add a line to \(authority.signersPath): NAME KEYTYPE KEY")
        }
        return best
    }
}
