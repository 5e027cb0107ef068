import Foundation
import Glibc

/// The right to be the one service of a database, for as long as the value lives. The kernel lifts it with the process.
final class ServiceLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `RequestError` where another service has it.
    init(database: String) throws {
        let path = database + ".service"
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RequestError(.refused, "\(path) can't be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw RequestError(
                .refused, "Another service works with the database \(database).",
                hint: "One is enough. Find it with: fuser \(path)")
        }
    }

    deinit { close(descriptor) }
}
