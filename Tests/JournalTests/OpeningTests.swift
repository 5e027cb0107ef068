import Foundation
import GRDB
import Glibc
import Model
import Testing

@testable import Journal

@Suite struct OpeningTests {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        stat(path, &status)
        return status.st_mode & 0o777
    }

    private func openError(_ path: String, _ change: (inout JournalSettings) -> Void = { _ in }) -> JournalError? {
        #expect(throws: JournalError.self) { _ = try TestJournal.open(path, change) }
    }

    @Test func folderAndFilesAreForTheOwnerAlone() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let old = umask(0)
        defer { umask(old) }
        let journal = try TestJournal.open(folder + "/state/runbook/runbook.db")
        try await journal.begin(.test(1))
        #expect(mode(folder + "/state") == 0o700)
        #expect(mode(folder + "/state/runbook") == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/state/runbook")
        #expect(
            Set(names) == [
                "runbook.db", "runbook.db-wal", "runbook.db-shm", "runbook.db.lock", "runbook.db.reserve",
            ])
        for name in names { #expect(mode(folder + "/state/runbook/" + name) == 0o600, "\(name)") }
        let reserve = try FileManager.default.attributesOfItem(atPath: folder + "/state/runbook/runbook.db.reserve")
        #expect(reserve[.size] as? Int == 1 << 20)
    }

    @Test func everyCommitIsSyncedAndForeignKeysHold() async throws {
        let fixture = try TestJournal()
        let settings = try await fixture.journal.pool.writeWithoutTransaction { db in
            try ["synchronous", "foreign_keys", "journal_mode", "application_id", "user_version"].map { name in
                try String.fetchOne(db, sql: "PRAGMA \(name)")
            }
        }
        #expect(settings == ["2", "1", "wal", "\(Migrations.applicationID)", "\(Migrations.newest)"])
    }

    @Test func whatOthersCouldHavePlantedIsRefused() throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/runbook.db"
        try TestJournal.open(path).pool.close()

        chmod(path, 0o640)
        #expect(openError(path)?.code == .permissions)
        #expect(openError(path)?.hint == "chmod 600 \(path)")
        chmod(path, 0o600)

        symlink(path, folder + "/link.db")
        #expect(openError(folder + "/link.db")?.message.contains("symbolic link") == true)

        chmod(folder, 0o777)
        #expect(openError(path)?.message.contains("plant") == true)
        chmod(folder, 0o1777)
        #expect(openError(path)?.code == .permissions)
        chmod(folder, 0o700)
        try TestJournal.open(path).pool.close()

        try FileManager.default.createDirectory(atPath: folder + "/folder.db", withIntermediateDirectories: false)
        #expect(openError(folder + "/folder.db")?.code == .permissions)
    }

    @Test(arguments: ["nfs", "nfs4", "lustre", "cifs", "fuse.sshfs", "fuse", "beegfs", "ceph", "gpfs", "9p"])
    func networkFileSystemsAreRefusedWithTheMend(type: String) throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = openError(folder + "/runbook.db") { $0.fileSystemType = { _ in type } }
        #expect(error?.code == .networkFileSystem)
        #expect(error?.message.contains("(\(type))") == true)
        #expect(error?.hint?.contains("--db") == true)
        #expect(!FileManager.default.fileExists(atPath: folder + "/runbook.db"))
    }

    /// A real mount, by a program that stands in for the disk.
    @Test(.enabled(if: FuseMount.isPossible, "it takes bindfs, /dev/fuse and root: apt-get install bindfs"))
    func aFuseMountIsRefusedWithTheMendAndNothingIsMadeThere() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let mount = try FuseMount(in: folder)
        defer { mount.end() }
        let type = try FileSystem.type(mount.place)
        #expect(type == "fuse" || type.hasPrefix("fuse."))
        for path in [mount.place + "/runbook.db", mount.place + "/deeper/runbook.db"] {
            let error = openError(path)
            #expect(error?.code == .networkFileSystem)
            #expect(error?.message.contains("(\(type))") == true, "\(String(describing: error))")
            #expect(error?.hint?.contains("--db") == true)
        }
        #expect(!FileManager.default.fileExists(atPath: mount.source + "/runbook.db"))
        // A link does not help, and the same folder by its own name is the disk.
        symlink(mount.place, folder + "/link")
        #expect(openError(folder + "/link/runbook.db")?.code == .networkFileSystem)
        try TestJournal.open(mount.source + "/runbook.db").pool.close()
        #expect(openError(mount.place + "/runbook.db")?.code == .networkFileSystem)
    }

    @Test(arguments: ["ext4", "xfs", "btrfs", "tmpfs", "zfs", "overlay", "fuseblk", "f2fs"])
    func localFileSystemsAreTaken(type: String) { #expect(!FileSystem.isNetwork(type)) }

    @Test func theTypeComesFromTheMountThatHoldsThePath() throws {
        let table = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
            30 22 0:40 / /home rw shared:2 master:1 - nfs4 server:/home rw
            31 30 0:41 / /home/al\\040ice rw - fuse.sshfs host: rw
            32 22 0:42 / /srv rw - xfs /dev/a rw
            33 22 0:43 / /srv rw - lustre mgs:/fs rw
            """
        #expect(FileSystem.type(of: "/var/lib/runbook", in: table) == "ext4")
        #expect(FileSystem.type(of: "/home", in: table) == "nfs4")
        #expect(FileSystem.type(of: "/home/bob/x", in: table) == "nfs4")
        #expect(FileSystem.type(of: "/homework", in: table) == "ext4")
        #expect(FileSystem.type(of: "/home/al ice/.local", in: table) == "fuse.sshfs")
        #expect(FileSystem.type(of: "/srv/db", in: table) == "lustre")
        #expect(FileSystem.type(of: "/x", in: "") == nil)
        #expect(try FileSystem.type("/proc") == "proc")
        #expect(throws: JournalError.self) { try FileSystem.type("/does/not/exist") }
    }

    @Test func aNewerProgramsDatabaseIsRefusedUntouched() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA user_version = \(Migrations.newest + 1)")
        }
        try await fixture.journal.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let error = openError(fixture.path)
        #expect(error?.code == .newerDatabase)
        #expect(error?.hint?.contains("newer runbook") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.path)) == before)
    }

    @Test func anotherProgramsDatabaseAndGarbageAreRefusedUntouched() throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/other.db"
        let other = try DatabaseQueue(path: path)
        try other.write { try $0.execute(sql: "CREATE TABLE notes (text)") }
        try other.close()
        chmod(path, 0o600)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(openError(path)?.code == .damaged)
        #expect(openError(path)?.message == "\(path) is a database of another program.")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)

        let garbage = folder + "/garbage.db"
        try Data(noise(8192)).write(to: URL(fileURLWithPath: garbage))
        chmod(garbage, 0o600)
        #expect(openError(garbage)?.code == .damaged)
    }

    @Test func damagedPagesAreFoundAtOpen() async throws {
        let fixture = try TestJournal()
        for index in 1...8 { try await fixture.journal.begin(.test(index), nodes: (0..<200).map { "n\($0)" }) }
        try await fixture.journal.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try await fixture.journal.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: fixture.path))
        let size = try handle.seekToEnd()
        for page in stride(from: UInt64(4096 * 8), to: size, by: 4096) {
            try handle.seek(toOffset: page)
            try handle.write(contentsOf: noise(64, seed: page))
        }
        try handle.close()
        #expect(openError(fixture.path)?.code == .damaged)
    }

    @Test func theFirstVersionsDatabaseIsMigratedAndStillVerifies() async throws {
        let folder = try TestJournal.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/runbook.db"
        let fixture = try #require(
            Bundle.module.url(forResource: "version-1", withExtension: "sql", subdirectory: "Fixtures"))
        let queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction { try $0.execute(sql: String(contentsOf: fixture, encoding: .utf8)) }
        try queue.close()
        chmod(path, 0o600)

        let journal = try TestJournal.open(path)
        let version = try await journal.pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
        #expect(version == Migrations.newest)
        let check = try await journal.check()
        #expect(check.isSound, "\(check)")
        let run = try await journal.run(named: "last")
        #expect(run.runbook == "gpu-reset")
        #expect(run.counts == [.remediated: 1, .failed: 1])
        #expect(try await journal.events(of: run.id, after: 0, limit: 100).count == run.lastSequence)
        let output = try #require(try await journal.outputs(of: run.id, nodes: nil, step: "reset").first)
        let bytes = try await journal.output(of: output.id, stream: .standardOutput, from: 0, limit: 1000)
        #expect(String(decoding: bytes, as: UTF8.self) == "GPU 0 was reset\n")
        #expect(try await journal.captures(of: run.id, node: nil).map(\.bytes) == [Array("persistence=off\n".utf8)])
        let migrated = try await journal.auditRecords(AuditFilter(action: .journalMigrated))
        #expect(migrated.map(\.entry.detail["from"]) == (1..<Migrations.newest).map(String.init))
        // And it is written to as any other.
        try await journal.begin(.test(5))
        try await journal.remember(
            EscalationAttempt(node: "gpu01", runbook: "r", step: "s", rung: "x", run: .test(5), time: 0, helped: true))
        #expect(try await journal.check().isSound)
    }
}
