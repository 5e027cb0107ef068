import Foundation
import GRDB
import Model

/// Reads the whole audit chain, and the events that it covers, and says where it is first broken.
struct AuditVerifier {
    private let db: Database
    private var count = 0
    private var previous = AuditChain.origin
    private var time = 0
    /// The last event of each run that the chain covers.
    private var covered: [String: Int] = [:]

    private init(_ db: Database) { self.db = db }

    /// Checks the chain inside one read transaction.
    static func verify(_ db: Database, against anchors: [AuditHead]) throws -> AuditVerification {
        var verifier = AuditVerifier(db)
        let fault = try verifier.links() ?? verifier.end() ?? verifier.uncovered() ?? verifier.anchors(anchors)
        return AuditVerification(
            records: verifier.count, head: try head(db), fault: fault, anchors: anchors.count)
    }

    /// Where the journal says that its chain ends.
    static func head(_ db: Database) throws -> AuditHead? {
        let row = try Row.fetchOne(db, sql: "SELECT database_id, audit_sequence, audit_hash FROM journal")
        guard let row, row[1] > 0 else { return nil }
        return AuditHead(database: row[0], sequence: row[1], hash: row[2])
    }

    private mutating func links() throws -> AuditVerification.Fault? {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT sequence, time, user, action, run, hash, record FROM audit ORDER BY sequence")
        while let row = try rows.next() {
            let sequence: Int = row[0]
            let expected = count + 1
            guard sequence == expected else {
                let range = sequence - 1 > expected ? "\(expected) to \(sequence - 1) are" : "\(expected) is"
                return fault(.missing, expected, "Record \(range) missing.")
            }
            if let fault = try link(row, sequence) { return fault }
            count = sequence
        }
        return nil
    }

    private mutating func link(_ row: Row, _ sequence: Int) throws -> AuditVerification.Fault? {
        let canonical: String = row[6]
        let hash: String = row[5]
        guard Digest.of(canonical) == hash else {
            return fault(.altered, sequence, "Record \(sequence) was altered: its hash is not that of its bytes.")
        }
        guard let record = AuditChain.record(canonical: canonical, hash: hash) else {
            return fault(.altered, sequence, "Record \(sequence) was altered: its bytes are no record.")
        }
        guard record.previous == previous, record.sequence == sequence else {
            return fault(
                .broken, sequence,
                "Record \(sequence) does not follow record \(sequence - 1): one of them was altered, moved, copied or put in."
            )
        }
        guard record.time >= time else {
            return fault(.broken, sequence, "Record \(sequence) is older than the one before.")
        }
        guard record.time == row[1], record.entry.actor.user == row[2], record.entry.action.rawValue == row[3],
            record.entry.run?.description == row[4] as String?
        else {
            return fault(
                .columns, sequence, "Record \(sequence) was altered: its columns do not say what its bytes say.")
        }
        previous = hash
        time = record.time
        return record.entry.action == .runEvents ? try events(record) : nil
    }

    /// Whether the events that a record covers are those that are stored.
    private mutating func events(_ record: AuditRecord) throws -> AuditVerification.Fault? {
        let detail = record.entry.detail
        guard let run = record.entry.run?.description, let first = detail["first"].flatMap({ Int($0) }),
            let last = detail["last"].flatMap({ Int($0) }), let digest = detail["digest"]
        else {
            return fault(.altered, record.sequence, "Record \(record.sequence) does not say which events it covers.")
        }
        guard first == covered[run, default: 0] + 1, last >= first else {
            return fault(
                .broken, record.sequence, "Record \(record.sequence) does not cover the next events of its run.")
        }
        covered[run] = last
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT key, pruned FROM runs WHERE id = ?"), arguments: [run])
        guard let row else {
            return fault(.events, record.sequence, "The run \(run) of record \(record.sequence) is missing.")
        }
        guard row[1] == nil else { return nil }
        var found = EventsDigest()
        let events = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT sequence, time, type, body FROM events WHERE run = ? AND sequence BETWEEN ? AND ?
                    ORDER BY sequence
                    """),
            arguments: [row[0] as Int, first, last])
        while let event = try events.next() {
            found.add(sequence: event[0], time: event[1], type: event[2], body: event[3])
        }
        guard found.value == digest else {
            return fault(
                .events, record.sequence, "Events \(first) to \(last) of run \(run) are not those that were recorded.")
        }
        return nil
    }

    private func end() throws -> AuditVerification.Fault? {
        let row = try Row.fetchOne(db, sql: "SELECT audit_sequence, audit_hash FROM journal")
        guard let row else { return fault(.truncated, count + 1, "The journal has lost its own record.") }
        guard row[0] == count, row[1] == previous else {
            return fault(
                .truncated, count + 1, "Records are missing after \(count): the journal's last was \(row[0] as Int).")
        }
        return nil
    }

    private func uncovered() throws -> AuditVerification.Fault? {
        let rows = try Row.fetchCursor(db, sql: "SELECT id, last_sequence FROM runs")
        while let row = try rows.next() {
            guard covered[row[0], default: 0] == row[1] else {
                return fault(
                    .uncovered, count + 1,
                    "Run \(row[0] as String) has events that no record covers: records are missing at the end.")
            }
        }
        return nil
    }

    private func anchors(_ anchors: [AuditHead]) throws -> AuditVerification.Fault? {
        let identity = try String.fetchOne(db, sql: "SELECT database_id FROM journal")
        for anchor in anchors {
            guard anchor.database == identity else {
                return fault(.anchor, 1, "The anchor at record \(anchor.sequence) is of another database.")
            }
            let hash = try String.fetchOne(
                db, sql: "SELECT hash FROM audit WHERE sequence = ?", arguments: [anchor.sequence])
            guard hash == anchor.hash else {
                return fault(
                    .anchor, anchor.sequence,
                    hash == nil
                        ? "The chain ends before record \(anchor.sequence), which was anchored: it was rolled back."
                        : "Record \(anchor.sequence) is not the one that was anchored: the chain was rewritten.")
            }
        }
        return nil
    }

    private func fault(
        _ kind: AuditVerification.Fault.Kind, _ sequence: Int, _ message: String
    ) -> AuditVerification.Fault {
        AuditVerification.Fault(kind: kind, sequence: sequence, message: message)
    }
}
