import GRDB
import Model

/// Takes a run away from a process of which only a person can know that it is gone.
enum Disowning {
    static func disown(_ run: RunID, reason: String, by actor: Requester, _ transaction: JournalTransaction) throws {
        let db = transaction.db
        let row = try Row.fetchOne(
            db, sql: "SELECT owner, ended FROM runs WHERE id = ?", arguments: [run.description])
        guard let row else { throw Journal.unknown(run) }
        let text: String? = row[0]
        guard row[1] as Int? == nil, var holder = text.flatMap({ ProcessIdentity(text: $0) }) else {
            throw JournalError(.misuse, "Run \(run.short) has ended: no process has it.")
        }
        guard !holder.isGone(seenFrom: transaction.owner) else {
            throw JournalError(
                .misuse, "The process of run \(run.short) is gone, and this machine knows it.",
                hint: "runbook resume \(run.short) goes on with it.")
        }
        guard !holder.isSeen(from: transaction.owner) else {
            throw JournalError(
                .runBusy, "Run \(run.short) is carried out by process \(holder.pid) of this machine.",
                hint: "runbook cancel \(run.short) stops it.")
        }
        let process = holder.text
        // An earlier boot of this machine has no process any more.
        holder.machine = transaction.owner.machine
        holder.boot = "disowned"
        try db.execute(sql: "UPDATE runs SET owner = ? WHERE id = ?", arguments: [holder.text, run.description])
        try db.execute(sql: "UPDATE leases SET owner = ? WHERE run = ?", arguments: [holder.text, run.description])
        try transaction.audit(
            AuditEntry(
                actor: actor, action: .runDisowned, run: run, detail: ["process": process, "reason": reason]))
    }
}
