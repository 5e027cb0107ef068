import GRDB
import Model

/// The database's schema, version by version. A version that shipped is never edited.
enum Migrations {
    /// `PRAGMA application_id`: marks the file as a journal ("RBJL").
    static let applicationID = 0x5242_4A4C
    /// The newest version, kept in `PRAGMA user_version`.
    static let newest = schemas.count

    private static let schemas = [
        SchemaVersion1.sql, SchemaVersion2.sql, SchemaVersion3.sql, SchemaVersion4.sql, SchemaVersion5.sql,
    ]

    /// Brings a database from `version` to the newest one; each step is one transaction with its audit record.
    static func migrator(from version: Int, _ settings: JournalSettings) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (number, schema) in zip(1..., schemas) {
            migrator.registerMigration("\(number)") { db in
                try db.execute(sql: schema)
                try db.execute(sql: "PRAGMA user_version = \(number)")
                if number == 1 { try begin(db, settings) } else if version > 0 { try record(number, db, settings) }
            }
        }
        return migrator
    }

    /// Gives a new journal its identity and its first audit record.
    private static func begin(_ db: Database, _ settings: JournalSettings) throws {
        var random = SystemRandomNumberGenerator()
        let identity = RunID(random: random.next(), random.next())
        let time = settings.clock()
        try db.execute(
            sql: """
                INSERT INTO journal (id, database_id, created, time, audit_sequence, audit_hash)
                VALUES (1, ?, ?, ?, 0, ?)
                """,
            arguments: [identity.description, time, time, AuditChain.origin])
        let transaction = try JournalTransaction(db, clock: settings.clock, owner: .current(), actors: ActorMemory())
        try transaction.audit(
            AuditEntry(
                actor: settings.actor, action: .journalCreated,
                detail: [
                    "database": identity.description, "schema": String(newest), "program": settings.program,
                ]))
        try transaction.finish()
    }

    private static func record(_ version: Int, _ db: Database, _ settings: JournalSettings) throws {
        let transaction = try JournalTransaction(db, clock: settings.clock, owner: .current(), actors: ActorMemory())
        try transaction.audit(
            AuditEntry(
                actor: settings.actor, action: .journalMigrated,
                detail: ["from": String(version - 1), "schema": String(version), "program": settings.program]))
        try transaction.finish()
    }
}
