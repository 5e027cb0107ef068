import Foundation
import GRDB
import Model

extension Journal {
    /// Opens the journal, making or migrating it where needed.
    /// - Throws: `JournalError` of code `permissions`, `networkFileSystem`, `newerDatabase`, `damaged` or `locked`.
    package static func open(_ settings: JournalSettings) throws -> Journal {
        let file = JournalFile(path: settings.path)
        try file.prepare(fileSystemType: settings.fileSystemType)
        let lock = try FileLock(path: file.lockPath, timeout: settings.busyTimeout)
        defer { _ = lock }
        do {
            try checkIdentity(file, settings)
            let pool = try DatabasePool(path: file.path, configuration: configuration(settings))
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // The log shrinks back to this size after a burst.
                try db.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")
            }
            try migrate(pool, settings)
            try quickCheck(pool, file, settings)
            let reserve = Reserve(path: file.reservePath, size: settings.reserve)
            return Journal(
                pool: pool, settings: settings, file: file, reserve: reserve, isReserved: reserve.fill())
        } catch let error as DatabaseError {
            throw openError(error, file)
        }
    }

    static func configuration(_ settings: JournalSettings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.foreignKeysEnabled = true
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(TimeInterval(settings.busyTimeout.wholeMilliseconds) / 1000)
        configuration.maximumReaderCount = 4
        return configuration
    }

    /// Refuses a file that is no journal, or a newer one, before anything is written to it.
    private static func checkIdentity(_ file: JournalFile, _ settings: JournalSettings) throws {
        var configuration = configuration(settings)
        configuration.readonly = true
        let (application, version, isEmpty): (Int, Int, Bool)
        do {
            (application, version, isEmpty) = try identity(file, configuration)
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_READONLY {
            // Whoever made the file was killed at it, and what was begun has to be taken back by somebody who may write.
            configuration.readonly = false
            configuration.journalMode = .default
            (application, version, isEmpty) = try identity(file, configuration)
        }
        guard application == Migrations.applicationID || (application == 0 && isEmpty) else {
            throw JournalError(
                .damaged, "\(file.path) is a database of another program.", hint: "Choose another file with --db.")
        }
        guard version <= Migrations.newest else {
            throw JournalError(
                .newerDatabase,
                "\(file.path) was written by a newer runbook (schema \(version), this one knows \(Migrations.newest)).",
                hint: "Install the newer runbook again, or choose another file with --db.")
        }
    }

    private static func identity(
        _ file: JournalFile, _ configuration: Configuration
    ) throws -> (application: Int, version: Int, isEmpty: Bool) {
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            )
        }
    }

    private static func migrate(_ pool: DatabasePool, _ settings: JournalSettings) throws {
        let version = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 0
        guard version < Migrations.newest else { return }
        // Marked before anything else is in it, so that a crash in between leaves no file of unknown origin.
        try pool.write { try $0.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)") }
        try Migrations.migrator(from: version, settings).migrate(pool)
    }

    private static func quickCheck(_ pool: DatabasePool, _ file: JournalFile, _ settings: JournalSettings) throws {
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        guard size <= settings.quickCheckLimit else { return }
        let answer = try pool.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") } ?? "no answer"
        guard answer == "ok" else {
            throw JournalError(
                .damaged, "The journal \(file.path) is damaged: \(answer)", hint: "Restore a backup of it.")
        }
    }

    private static func openError(_ error: DatabaseError, _ file: JournalFile) -> JournalError {
        if error.isLocked {
            return JournalError(
                .locked, "Another process keeps the journal \(file.path) locked.",
                hint: "Try again, or see which process it is: fuser -v \(file.path)")
        }
        if error.isFull {
            return JournalError(
                .diskFull, "The disk of the journal \(file.path) is full.", hint: "Make space, then try again.")
        }
        let isDamage = [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode.primaryResultCode)
        return JournalError(
            isDamage ? .damaged : .failed, "The journal \(file.path) cannot be opened: \(error.reason).",
            hint: isDamage ? "Restore a backup of it, or choose another file with --db." : nil)
    }
}
