import Foundation
import Model

/// How a journal is opened. The defaults are for real work; tests set what they need.
package struct JournalSettings: Sendable {
    /// The database file.
    package var path: String
    /// Who acts, in audit records of work that belongs to no run.
    package var actor: Requester
    /// The program's version, for the audit record of a migration.
    package var program: String
    /// The wall clock, in milliseconds since 1970. A clock that steps back never makes a record's time go back.
    package var clock: @Sendable () -> Int
    /// The type of the file system that holds a path, such as `ext4` or `nfs4`.
    package var fileSystemType: @Sendable (String) throws -> String
    /// How long to wait for another process's transaction.
    package var busyTimeout: Duration
    /// Events that one transaction gathers at most.
    package var batchLimit: Int
    /// How long a piece of output may wait for company before it is committed.
    package var outputDelay: Duration
    /// Disk space kept back, in bytes, for endings and audit records on a full disk.
    package var reserve: Int
    /// Output kept of one attempt, both streams together, in bytes.
    package var attemptBudget: Int
    /// Output kept of one run, in bytes.
    package var runBudget: Int
    /// Output is no longer kept when the disk has fewer free bytes than this.
    package var freeSpaceFloor: Int
    /// Free bytes on the file system that holds a path.
    package var freeSpace: @Sendable (String) -> Int
    /// Files larger than this many bytes are not checked as a whole at open; `check()` always does.
    package var quickCheckLimit: Int

    package init(
        path: String, actor: Requester, program: String, clock: @escaping @Sendable () -> Int = wallClock,
        fileSystemType: @escaping @Sendable (String) throws -> String = FileSystem.type,
        busyTimeout: Duration = .seconds(30), batchLimit: Int = 500, outputDelay: Duration = .milliseconds(20),
        reserve: Int = 16 << 20, attemptBudget: Int = 1 << 30, runBudget: Int = 16 << 30,
        freeSpaceFloor: Int = 256 << 20, freeSpace: @escaping @Sendable (String) -> Int = FileSystem.freeSpace,
        quickCheckLimit: Int = 64 << 20
    ) {
        self.path = path
        self.actor = actor
        self.program = program
        self.clock = clock
        self.fileSystemType = fileSystemType
        self.busyTimeout = busyTimeout
        self.batchLimit = batchLimit
        self.outputDelay = outputDelay
        self.reserve = reserve
        self.attemptBudget = attemptBudget
        self.runBudget = runBudget
        self.freeSpaceFloor = freeSpaceFloor
        self.freeSpace = freeSpace
        self.quickCheckLimit = quickCheckLimit
    }

    /// The system's wall clock in milliseconds since 1970.
    package static let wallClock: @Sendable () -> Int = { Int((Date().timeIntervalSince1970 * 1000).rounded(.down)) }
}
