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
        let canonical = canonical(entry, sequence: sequence, time: time, previous: previous)
        return AuditRecord(
            sequence: sequence, time: time, entry: entry, previous: previous, hash: Digest.of(canonical),
            canonical: canonical)
    }

    /// The record's bytes. The members are written in their order, since thousands are made in one transaction.
    private static func canonical(_ entry: AuditEntry, sequence: Int, time: Int, previous: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(768)
        func member(_ name: StaticString, _ value: String?, first: Bool = false) {
            guard let value else { return }
            open(name, first: first)
            CanonicalJSON.write(value, into: &bytes)
        }
        func open(_ name: StaticString, first: Bool = false) {
            bytes.append(contentsOf: first ? "{\"".utf8 : ",\"".utf8)
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: "\":".utf8)
        }
        member("action", entry.action.rawValue, first: true)
        open("actor")
        member("host", entry.actor.host, first: true)
        member("ssh_client", entry.actor.sshClient)
        member("sudo_user", entry.actor.sudoUser)
        open("uid")
        bytes.append(contentsOf: String(entry.actor.userID).utf8)
        member("user", entry.actor.user)
        bytes.append(UInt8(ascii: "}"))
        if !entry.detail.isEmpty {
            open("detail")
            CanonicalJSON.write(entry.detail, into: &bytes)
        }
        member("nodes", entry.nodes)
        member("outcome", entry.outcome)
        member("plan", entry.planDigest)
        member("previous", previous)
        member("run", entry.run?.description)
        open("sequence")
        bytes.append(contentsOf: String(sequence).utf8)
        open("time")
        bytes.append(contentsOf: String(time).utf8)
        bytes.append(contentsOf: ",\"v\":1}".utf8)
        return String(decoding: bytes, as: UTF8.self)
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
