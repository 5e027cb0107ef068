import Foundation
import Glibc

/// Which process on which machine holds something, so that another can tell whether it is gone.
struct ProcessIdentity: Sendable, Hashable, Codable {
    /// `/etc/machine-id`, or the host name where there is none.
    var machine: String
    var boot: String
    /// The pid namespace; numbers of another namespace mean nothing here.
    var namespace: String
    var pid: Int
    /// Clock ticks since boot, field 22 of `/proc/PID/stat`: a pid that was given anew starts later.
    var start: Int

    /// This process.
    static func current() -> ProcessIdentity {
        let pid = Int(getpid())
        return ProcessIdentity(
            machine: firstLine("/etc/machine-id") ?? ProcessInfo.processInfo.hostName,
            boot: firstLine("/proc/sys/kernel/random/boot_id") ?? "",
            namespace: link("/proc/self/ns/pid"), pid: pid, start: liveStart(of: pid) ?? 0)
    }

    /// Whether it is certain that the process has ended. What cannot be told counts as living.
    func isGone(seenFrom here: ProcessIdentity) -> Bool {
        if isSeen(from: here) { return Self.liveStart(of: pid) != start }
        // Another boot of this machine ended all of its processes; another machine or container cannot be asked.
        return boot != here.boot && machine == here.machine
    }

    /// Whether the process is of this machine's present boot and of the same pid namespace, so that it can be looked at.
    func isSeen(from here: ProcessIdentity) -> Bool { boot == here.boot && namespace == here.namespace }

    /// The one line of text that the database keeps.
    var text: String { "\(machine) \(boot) \(namespace) \(pid) \(start)" }

    init(machine: String, boot: String, namespace: String, pid: Int, start: Int) {
        self.machine = machine
        self.boot = boot
        self.namespace = namespace
        self.pid = pid
        self.start = start
    }

    /// From `text`; nil for anything else.
    init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5, let pid = Int(parts[3]), let start = Int(parts[4]) else { return nil }
        self.init(
            machine: String(parts[0]), boot: String(parts[1]), namespace: String(parts[2]), pid: pid, start: start)
    }

    /// The start time of a process that lives and is no zombie.
    private static func liveStart(of pid: Int) -> Int? {
        guard let line = firstLine("/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        // After the name, which may hold anything: the state is field 3, the start time field 22.
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return Int(fields[19])
    }

    private static func firstLine(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        return line.isEmpty ? nil : line
    }

    private static func link(_ path: String) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
    }
}
