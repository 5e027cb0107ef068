import Foundation
import Glibc

/// A server process, ended by its id together with its descendants.
package final class ServerProcess: Sendable {
    private let process = SpawnedProcess()

    /// The process's id.
    package var pid: pid_t { process.processIdentifier }

    package init(
        executable: String, arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Waits until the condition holds; false if the process ends before.
    package func becomes(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<2000 {
            if condition() { return true }
            if !process.isRunning { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Blocks until it has ended.
    package func wait() { process.waitUntilExit() }

    /// Kills the process and its descendants and waits for the process.
    package func stop() {
        let family = descendants
        kill(pid, SIGKILL)
        for child in family { kill(child, SIGKILL) }
        process.waitUntilExit()
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
