import Glibc
import Model

/// The files of one journal on disk, and who may touch them.
///
/// Beside the database and SQLite's own `-wal` and `-shm` lie `.lock`, held while the file is opened, migrated or
/// rewritten, and `.reserve`, space kept back for a full disk.
struct JournalFile: Sendable {
    let path: String

    var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    var lockPath: String { path + ".lock" }
    var reservePath: String { path + ".reserve" }

    /// Makes the folder (0700) and the file (0600) where they are missing, and refuses what others could have planted
    /// or can read.
    func prepare(fileSystemType: (String) throws -> String) throws {
        try makeFolder(folder)
        try checkFolder()
        let type = try fileSystemType(folder)
        guard !FileSystem.isNetwork(type) else {
            throw JournalError(
                .networkFileSystem,
                "\(folder) lies on a network file system (\(type)), where the journal would not be safe.",
                hint: "Choose a file on a local disk: --db /var/lib/runbook/runbook.db")
        }
        try makeFile()
    }

    private func makeFolder(_ folder: String) throws {
        var status = stat()
        if stat(folder, &status) == 0 { return }
        if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
            try makeFolder(String(folder[..<slash]))
        }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw JournalError(.permissions, "The folder \(folder) cannot be made: \(FileSystem.errorText(errno)).")
        }
    }

    private func checkFolder() throws {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw JournalError(.permissions, "The folder \(folder) cannot be read: \(FileSystem.errorText(errno)).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw JournalError(.permissions, "\(folder) is not a folder.")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw JournalError(
                .permissions, "The folder \(folder) belongs to another user (uid \(status.st_uid)).",
                hint: "Choose a file in a folder of your own with --db.")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw JournalError(
                .permissions, "Other users can write to the folder \(folder) and could plant a journal there.",
                hint: "Choose a file in another folder with --db, or: chmod go-w \(folder)")
        }
    }

    private func makeFile() throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a symbolic link" : FileSystem.errorText(errno)
            throw JournalError(.permissions, "The journal \(path) cannot be opened: \(reason).")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw JournalError(.permissions, "\(path) is not a file.")
        }
        guard status.st_uid == geteuid() else {
            throw JournalError(
                .permissions, "The journal \(path) belongs to another user (uid \(status.st_uid)).",
                hint: "Run as that user, or choose another file with --db.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw JournalError(
                .permissions, "Other users can read or write the journal \(path).", hint: "chmod 600 \(path)")
        }
    }
}
