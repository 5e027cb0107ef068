import Foundation
import Glibc
import Model

/// What the journal asks of the file system that it lies on.
package enum FileSystem {
    /// The type of the file system that holds `path`, named as in `/proc/self/mountinfo`: `ext4`, `nfs4`, `fuse.sshfs`.
    package static let type: @Sendable (String) throws -> String = { path in
        guard let table = FileManager.default.contents(atPath: "/proc/self/mountinfo"), let real = realpath(path, nil)
        else {
            throw JournalError(.permissions, "The file system of \(path) cannot be told: \(errorText(errno)).")
        }
        defer { free(real) }
        let found = type(of: String(cString: real), in: String(decoding: table, as: UTF8.self))
        guard let found else { throw JournalError(.permissions, "The file system of \(path) cannot be told.") }
        return found
    }

    /// Bytes on the file system of `path` that this user may still fill; 0 when that cannot be told.
    package static let freeSpace: @Sendable (String) -> Int = { path in
        var answer = statvfs()
        guard statvfs(path, &answer) == 0 else { return 0 }
        return Int(answer.f_bavail) * Int(answer.f_frsize)
    }

    /// The type of the mount that holds `path`, in a table as proc_pid_mountinfo(5) describes it. Pure.
    static func type(of path: String, in table: String) -> String? {
        var best: (length: Int, type: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let point = unescaped(fields[4])
            guard path == point || point == "/" || path.hasPrefix(point + "/") else { continue }
            // A later mount on the same place covers the earlier one.
            if point.utf8.count >= best?.length ?? 0 { best = (point.utf8.count, String(fields[dash + 1])) }
        }
        return best?.type
    }

    /// Blanks, tabs, newlines and backslashes stand as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let number = UInt8(digits, radix: 8) {
                bytes.append(number)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let networkTypes: Set<String> = [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs",
        "ocfs2", "orangefs", "panfs", "pvfs2", "smb3", "smbfs", "vboxsf", "vmhgfs", "wekafs",
    ]

    /// Whether SQLite's write-ahead log is unsafe on it, because its shared memory and its locks are not those of one
    /// kernel, or because a program stands in for the disk.
    static func isNetwork(_ type: String) -> Bool {
        networkTypes.contains(type) || type.hasPrefix("nfs") || type == "fuse" || type.hasPrefix("fuse.")
    }

    /// What an error number of the C library means, in words.
    static func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }
}
