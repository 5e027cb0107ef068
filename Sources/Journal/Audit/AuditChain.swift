import Foundation
import Model

/// How audit records become links of a chain. Pure.
///
/// A record's bytes are canonical JSON with the members `action`, `actor`, `detail`, `nodes`, `outcome`, `plan`,
/// `previous`, `run`, `sequence`, `time` and `v`; those that are empty are left out. Its hash is the SHA-256 of these
/// bytes, which hold the hash of the record before as `previous`. So each hash covers all that came before.
enum AuditChain {
    /// What the first record follows.
    static let origin = String(repeating: "0", count: 64)

    /// The record that follows `previous`.
    static func link(_ entry: AuditEntry, sequence: Int, time: Int, previous: String) -> AuditRecord {
        var members: [String: CanonicalJSON] = [
            "v": .int(1), "sequence": .int(sequence), "time": .int(time), "previous": .string(previous),
            "action": .string(entry.action.rawValue), "actor": actor(entry.actor),
        ]
        if let run = entry.run { members["run"] = .string(run.description) }
        if let nodes = entry.nodes { members["nodes"] = .string(nodes) }
        if let plan = entry.planDigest { members["plan"] = .string(plan) }
        if let outcome = entry.outcome { members["outcome"] = .string(outcome) }
        if !entry.detail.isEmpty { members["detail"] = .object(entry.detail.mapValues { .string($0) }) }
        let canonical = CanonicalJSON.object(members).text
        return AuditRecord(
            sequence: sequence, time: time, entry: entry, previous: previous, hash: Digest.of(canonical),
            canonical: canonical)
    }

    private static func actor(_ actor: Requester) -> CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "user": .string(actor.user), "uid": .int(actor.userID), "host": .string(actor.host),
        ]
        if let user = actor.sudoUser { members["sudo_user"] = .string(user) }
        if let client = actor.sshClient { members["ssh_client"] = .string(client) }
        return .object(members)
    }

    /// The record that `canonical` is; nil when the bytes are no record.
    static func record(canonical: String, hash: String) -> AuditRecord? {
        guard let parts = try? JSONDecoder().decode(Parts.self, from: Data(canonical.utf8)), parts.v == 1 else {
            return nil
        }
        let actor = Requester(
            user: parts.actor.user, userID: parts.actor.uid, sudoUser: parts.actor.sudo_user, host: parts.actor.host,
            sshClient: parts.actor.ssh_client)
        let entry = AuditEntry(
            actor: actor, action: AuditAction(rawValue: parts.action), run: parts.run, nodes: parts.nodes,
            planDigest: parts.plan, outcome: parts.outcome, detail: parts.detail ?? [:])
        return AuditRecord(
            sequence: parts.sequence, time: parts.time, entry: entry, previous: parts.previous, hash: hash,
            canonical: canonical)
    }

    /// The members as they are named in the JSON.
    private struct Parts: Decodable {
        struct Actor: Decodable {
            var user: String
            var uid: Int
            var host: String
            var sudo_user: String?
            var ssh_client: String?
        }

        var v: Int
        var sequence: Int
        var time: Int
        var previous: String
        var action: String
        var actor: Actor
        var run: RunID?
        var nodes: String?
        var plan: String?
        var outcome: String?
        var detail: [String: String]?
    }
}
