import Glibc
import Model

/// An exclusive lock between processes, for as long as this value lives. The kernel lifts it when the process ends.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Waits for the lock of the file at `path`, which is made where it is missing.
    /// - Throws: `JournalError` of code `locked` after `timeout`.
    init(path: String, timeout: Duration) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError(.permissions, "\(path) cannot be opened: \(FileSystem.errorText(errno)).")
        }
        var waited = Duration.zero
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, waited < timeout else {
                close(descriptor)
                throw JournalError(
                    .locked, "Another process is opening or rewriting the journal and does not finish.",
                    hint: "Find it with: fuser \(path)")
            }
            usleep(20_000)
            waited += .milliseconds(20)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
