import Foundation
import Glibc

/// A server process, ended by its id together with its descendants.
package final class ServerProcess: Sendable {
    /// The process's id.
    package let pid: pid_t

    package init(
        executable: String, arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_RDWR, 0)
        // What other threads have open at this moment is nothing to it: Foundation's Process waits until all who have got its
        // socket are gone.
        let closing = "for f in /proc/self/fd/*; do f=${f##*/}; [ $f -lt 3 ] || eval \"exec $f>&-\"; done; exec \"$@\""
        var words = (["/bin/bash", "-c", closing, "bash", executable] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/bin/bash", &actions, nil, &words, &variables)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        self.pid = pid
    }

    /// Waits until the condition holds; false if the process ends before.
    package func becomes(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<2000 {
            if condition() { return true }
            var status: CInt = 0
            if waitpid(pid, &status, WNOHANG) == pid { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Kills the process and its descendants and waits for the process.
    package func stop() {
        let family = descendants
        kill(pid, SIGKILL)
        for child in family { kill(child, SIGKILL) }
        var status: CInt = 0
        waitpid(pid, &status, 0)
    }

    /// Children, their children and so on, as /proc has them now.
    package var descendants: [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let parent = Self.parent(of: pid) else { continue }
            children[parent, default: []].append(pid)
        }
        var found: [pid_t] = []
        var next = children[pid] ?? []
        while let pid = next.popLast() {
            found.append(pid)
            next += children[pid] ?? []
        }
        return found
    }

    /// The name of a process's program, at most 15 characters; empty if there is none.
    package static func name(of pid: pid_t) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? ""
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 2 ? pid_t(fields[2]) : nil
    }
}
