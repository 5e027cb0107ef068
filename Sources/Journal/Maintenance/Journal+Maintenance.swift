import Foundation
import GRDB
import Glibc
import Model

extension Journal {
    package func check() async throws -> JournalCheck {
        let check = try await pool.read { db in
            var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
                problems.append("A row of \(row[0] as String) refers to a row of \(row[2] as String) that is missing.")
            }
            problems += try ContentCheck.problems(db)
            return JournalCheck(problems: problems, audit: try AuditVerifier.verify(db, against: []))
        }
        let problems = check.problems.count
        do {
            try await record(
                AuditEntry(
                    actor: settings.actor, action: .journalChecked, outcome: check.isSound ? "sound" : "damaged",
                    detail: ["problems": String(problems), "fault": check.audit.fault?.message ?? "none"]))
        } catch  where !check.isSound {
            // A damaged journal may not take the record; what was found matters more.
        }
        return check
    }

    package func backup(to path: String) async throws {
        // Made empty and private first, so that the copy is never readable by others, not even while it is written.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError(
                .permissions, "The backup \(path) cannot be made: \(FileSystem.errorText(errno)).",
                hint: errno == EEXIST ? "Choose a name that does not exist yet." : nil)
        }
        Glibc.close(descriptor)
        try await record(
            AuditEntry(actor: settings.actor, action: .journalBackedUp, detail: ["path": path]))
        do {
            // A connection of its own that only reads, so that nobody's commits wait for the copy.
            var configuration = Self.configuration(settings)
            configuration.readonly = true
            let reader = try DatabaseQueue(path: file.path, configuration: configuration)
            // SQLite accepts an existing file as target as long as it is empty.
            try await reader.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
            try reader.close()
            try sync(path)
            try sync(JournalFile(path: path).folder)
        } catch {
            unlink(path)
            throw Self.maintenanceError(error, "backed up")
        }
    }

    /// Waits until a file or a folder is on the disk.
    private func sync(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw JournalError(.failed, "The backup \(path) is gone: \(FileSystem.errorText(errno)).")
        }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw JournalError(.failed, "The backup \(path) could not be written: \(FileSystem.errorText(errno)).")
        }
    }

    package func vacuum() async throws {
        let lock = try FileLock(path: file.lockPath, timeout: settings.busyTimeout)
        defer { _ = lock }
        do {
            try await pool.writeWithoutTransaction { db in
                try db.execute(sql: "VACUUM")
                _ = try db.checkpoint(.truncate)
            }
        } catch {
            throw Self.maintenanceError(error, "vacuumed")
        }
        try await record(AuditEntry(actor: settings.actor, action: .journalVacuumed))
    }

    package func prune(endedBefore time: Int) async throws -> [RunID] {
        let actor = settings.actor
        return try await commits.submit(importance: .ending) { transaction in
            try Pruning.prune(endedBefore: time, actor: actor, transaction)
        }
    }

    package func disown(run: RunID, reason: String) async throws {
        let actor = settings.actor
        try await commits.submit { try Disowning.disown(run, reason: reason, by: actor, $0) }
    }

    private static func maintenanceError(_ error: any Error, _ what: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        if error.isLocked {
            return JournalError(
                .locked, "The journal could not be \(what): another process is using it.", hint: "Try again later.")
        }
        if error.isFull {
            return JournalError(
                .diskFull, "The journal could not be \(what): the disk is full.",
                hint: "Make room on that file system, or for a backup name another one.")
        }
        return JournalError(.failed, "The journal could not be \(what): \(error.reason).")
    }
}
