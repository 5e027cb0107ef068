import Foundation
import Glibc
import Model
import Synchronization

/// The side of a process that goes on in the background: it tells which run it has begun, and then has no terminal.
final class DetachedSide: Sendable {
    /// Nil in a process that was not started so.
    static let current: DetachedSide? =
        ProcessInfo.processInfo.environment[DetachedRun.variable] == nil ? nil : DetachedSide()

    private let file = Mutex<String?>(nil)

    /// Leaves the session of the terminal.
    func leaveTerminal() { _ = setsid() }

    /// Tells whoever started it which run it is, once. From then on what it complains of goes into a file in `folder`.
    func tell(_ run: RunID, folder: String) {
        file.withLock { file in
            guard file == nil else { return }
            let path = "\(folder)/detached-\(run.short).log"
            file = path
            Terminal.write("\(run)\n", to: STDOUT_FILENO)
            redirect(STDOUT_FILENO, to: "/dev/null")
            redirect(STDERR_FILENO, to: path)
        }
    }

    /// Removes the file if nothing is in it.
    func settle() {
        file.withLock { file in
            var status = stat()
            if let path = file, stat(path, &status) == 0, status.st_size == 0 { unlink(path) }
        }
    }

    private func redirect(_ descriptor: Int32, to path: String) {
        var target = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if target < 0 { target = open("/dev/null", O_WRONLY | O_CLOEXEC) }
        guard target >= 0 else { return }
        dup2(target, descriptor)
        close(target)
    }
}
