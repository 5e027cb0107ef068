import Foundation
import Glibc

/// A file of anchors: on another machine's file system, or append-only by `chattr +a`.
struct FileAnchor: AnchorPlace {
    let name: String
    let path: String

    func append(_ line: String) async throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AnchorError(name, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        flock(descriptor, LOCK_EX)
        // In one piece: a line that was cut off by a full disk is no checkpoint and is passed over.
        let bytes = Array("\(line)\n".utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw AnchorError(name, String(cString: strerror(errno)))
        }
    }

    func lines() async throws -> [String]? {
        guard access(path, F_OK) == 0 else { return [] }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AnchorError(name, "it can't be read")
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// `FS_IOC_GETFLAGS` and `FS_APPEND_FL` of linux/fs.h on a 64-bit machine.
    private static let getFlags: UInt = 0x8008_6601
    private static let appendOnly = 0x20

    var isIndependent: Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var flags = 0
        // Root can take the attribute away again.
        return ioctl(descriptor, Self.getFlags, &flags) == 0 && flags & Self.appendOnly != 0 && geteuid() != 0
    }
}
