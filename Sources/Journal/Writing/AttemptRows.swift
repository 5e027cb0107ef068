import GRDB
import Model

/// Writes what events say of attempts: steps, and probes that sent something.
struct AttemptRows {
    let transaction: JournalTransaction
    let run: Int
    let id: RunID

    private var db: Database { transaction.db }

    private func check(_ invocation: InvocationID) throws {
        guard invocation.run == id else {
            throw JournalError(
                .misuse, "An event of run \(id.short) names an invocation of run \(invocation.run.short).")
        }
    }

    func intended(_ intent: StepIntent, node: String) throws {
        try check(intent.id)
        try db.cachedStatement(
            sql: """
                INSERT INTO attempts (run, target, step, attempt, node, name, purpose, verb, script_digest, effect,
                    boot_id, machine_id, host, intended)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET node = excluded.node, name = excluded.name, purpose = excluded.purpose,
                    verb = excluded.verb, script_digest = excluded.script_digest, effect = excluded.effect,
                    boot_id = excluded.boot_id, machine_id = excluded.machine_id, host = excluded.host,
                    intended = coalesce(intended, excluded.intended)
                """
        ).execute(arguments: [
            run, intent.id.target, intent.id.step, intent.id.attempt, node, intent.name, intent.purpose.rawValue,
            intent.verb, intent.scriptDigest, intent.effect.rawValue, intent.bootID, intent.machineID, intent.host,
            transaction.time,
        ])
    }

    func started(_ invocation: InvocationID) throws {
        try check(invocation)
        try db.cachedStatement(
            sql: """
                UPDATE attempts SET started = coalesce(started, ?)
                WHERE run = ? AND target = ? AND step = ? AND attempt = ?
                """
        ).execute(arguments: [
            transaction.time, run, invocation.target, invocation.step, invocation.attempt,
        ])
    }

    func ended(_ ending: StepEnding, node: String) throws {
        try check(ending.id)
        try db.cachedStatement(
            sql: """
                INSERT INTO attempts (run, target, step, attempt, node, name, purpose, ended, status, outcome, text,
                    may_have_changed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET ended = excluded.ended, status = excluded.status,
                    outcome = excluded.outcome, text = excluded.text, may_have_changed = excluded.may_have_changed
                """
        ).execute(arguments: [
            run, ending.id.target, ending.id.step, ending.id.attempt, node, ending.name, ending.purpose.rawValue,
            transaction.time, ending.status.rawValue, try ending.outcome.map { try JournalCoding.encode($0) },
            ending.text, ending.mayHaveChanged,
        ])
    }

    func answered(_ answer: ProbeAnswer, node: String) throws {
        guard let invocation = answer.invocation else { return }
        try check(invocation)
        try db.cachedStatement(
            sql: """
                INSERT INTO attempts (run, target, step, attempt, node, name, purpose, ended, outcome, text)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET ended = excluded.ended, outcome = excluded.outcome, text = excluded.text
                """
        ).execute(arguments: [
            run, invocation.target, invocation.step, invocation.attempt, node, answer.probe,
            "probe." + answer.stage.rawValue, transaction.time,
            try answer.outcome.map { try JournalCoding.encode($0) }, answer.text,
        ])
    }
}
