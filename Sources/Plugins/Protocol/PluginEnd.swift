import Dispatch
import Glibc

/// How a plugin's process group comes to its end.
struct PluginEnd: Sendable {
    enum Reason: Sendable, Hashable {
        /// By itself.
        case own
        /// Its time was over.
        case late
        /// Nobody waits for its answer any more.
        case stopped
    }

    private enum Event: Sendable, Hashable { case ended, late, stopped, overdue }

    /// The process that leads the group, not reaped yet.
    let leader: pid_t
    /// How long it has between SIGTERM and SIGKILL.
    let grace: Duration

    /// Waits until the leader has ended; after `timeout`, or when `stops` finishes, it is told to, and then made to.
    /// What is left of the group is killed.
    func reached(_ timeout: Duration, _ stops: AsyncStream<Never>) async -> Reason {
        await withTaskGroup(of: Event.self) { group in
            group.addTask {
                await hasEnded()
                return .ended
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return .late
            }
            group.addTask {
                for await _ in stops {}
                return .stopped
            }
            let first = await group.next() ?? .ended
            if first != .ended {
                kill(-leader, SIGTERM)
                group.addTask {
                    try? await Task.sleep(for: grace)
                    return .overdue
                }
                while let event = await group.next(), event != .ended, event != .overdue {}
            }
            // While its number can't be another's yet.
            kill(-leader, SIGKILL)
            group.cancelAll()
            return switch first {
            case .late: .late
            case .stopped: .stopped
            case .ended, .overdue: .own
            }
        }
    }

    /// Waits until the leader has ended, and leaves it to be reaped.
    func hasEnded() async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                var info = siginfo_t()
                while waitid(P_PID, id_t(leader), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
                done.resume()
            }
        }
    }
}
