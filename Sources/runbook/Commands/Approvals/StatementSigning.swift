import Controller
import Foundation
import Model

/// Has a statement made for one of the caller's keys, and signs it with that.
struct StatementSigning {
    /// The private key's file, or the public one of a key in the agent; nil for the agent's and the usual files.
    let keyFile: String?
    /// What the signature is good for.
    let namespace: String
    let terminal: Terminal

    /// - Throws: what `propose` throws, and `GovernanceError` where no key can sign.
    func sign(_ propose: ([OfferedKey]) async throws -> DecisionProposal) async throws -> SignedStatement {
        let keys = SigningKeys(
            keyFile: keyFile, environment: ProcessInfo.processInfo.environment,
            passphrase: { DecisionRun.passphrase($0) })
        let offered = try await keys.all()
        let proposal = try await propose(offered.map(\.offer))
        let key = offered[proposal.key ?? 0]
        terminal.note(
            "\(proposal.person) signs with \(key.offer.fingerprint) (\(SafeText(key.offer.comment).singleLine)).")
        let signature = try await keys.sign(proposal.statement, namespace: namespace, with: key)
        return SignedStatement(statement: proposal.statement, signature: signature)
    }
}
