import GRDB
import Model

/// The database's schema, version by version. A version that shipped is never edited.
enum Migrations {
    /// `PRAGMA application_id`: marks the file as a journal ("RBJL").
    static let applicationID = 0x5242_4A4C
    /// The newest version, kept in `PRAGMA user_version`.
    static let newest = 2

    /// Brings a database to `version`.
    static func migrator(upTo version: Int = newest) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (number, schema) in zip(1..., [SchemaVersion1.sql, SchemaVersion2.sql]) where number <= version {
            migrator.registerMigration("\(number)") { db in
                try db.execute(sql: schema)
                try db.execute(sql: "PRAGMA user_version = \(number)")
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            }
        }
        return migrator
    }
}
