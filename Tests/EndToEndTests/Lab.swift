import Foundation
import Glibc

/// A lab of real nodes for a test, and the program run inside its network.
struct Lab: Sendable {
    let folder: String
    /// The folder of runbooks that the program is given.
    let runbooks: String
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static var lab: String { root + "/Tests/Lab/lab" }
    private static var binary: String { root + "/.build/debug/runbook" }

    /// Starts nodes, runs `body`, and ends all of them whatever happens. With `runbooks`, by name, the program has those
    /// instead of the shipped ones.
    static func with(
        _ arguments: [String], runbooks: [String: String] = [:], _ body: (Lab) throws -> Void
    ) throws {
        let folder = "/var/tmp/runbook-test-lab-\(UInt32.random(in: 0 ... .max))"
        let lab = Lab(folder: folder, runbooks: runbooks.isEmpty ? root + "/Runbooks" : folder + "/runbooks")
        let up = try run([Self.lab, "up", "--dir", lab.folder, "--name", "test"] + arguments)
        defer { _ = try? run([Self.lab, "down", "--dir", lab.folder]) }
        guard up.status == 0 else { throw Failure(text: "the lab did not come up: \(up.output)\(up.error)") }
        for (name, text) in runbooks {
            try FileManager.default.createDirectory(
                atPath: lab.runbooks, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(lab.runbooks)/\(name).yaml"))
        }
        try body(lab)
    }

    struct Failure: Error, CustomStringConvertible {
        var text: String
        var description: String { text }
    }

    struct Result: Sendable {
        var status: Int32
        var output: String
        var error: String

        /// The last line of JSON Lines.
        var summary: [String: Any] {
            let line = output.split(separator: "\n").last ?? ""
            return (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
        }

        var counts: [String: Int] { summary["counts"] as? [String: Int] ?? [:] }

        var run: String { summary["run"] as? String ?? "" }
    }

    /// The program, in the lab's network.
    @discardableResult
    func runbook(_ arguments: String...) throws -> Result {
        try runbook(words: arguments)
    }

    func runbook(words: [String]) throws -> Result { try Self.run(self.words(words)) }

    /// Starts the program and does not wait for it.
    /// - Returns: its process id.
    func start(_ words: [String]) throws -> pid_t {
        try Self.spawn(["/bin/sh", "-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh"] + self.words(words))
    }

    /// The whole command line of the program in the lab's network.
    func words(_ words: [String]) -> [String] {
        [
            Self.lab, "in", "--dir", folder, "env", "HOME=\(folder)/home", "RUNBOOK_INVENTORY=\(folder)/inventory",
            "RUNBOOK_RUNBOOKS=\(runbooks)", "RUNBOOK_DB=\(folder)/runbook.db",
            "RUNBOOK_KNOWN_HOSTS=\(folder)/known_hosts", Self.binary,
        ] + words
    }

    func fault(_ name: String, _ nodes: String...) throws {
        let result = try Self.run([Self.lab, "fault", "--dir", folder, name] + nodes)
        guard result.status == 0 else { throw Failure(text: "fault \(name): \(result.output)\(result.error)") }
    }

    /// A command inside a node, without ssh.
    @discardableResult
    func node(_ name: String, _ command: String...) throws -> Result {
        try Self.run([Self.lab, "node", "--dir", folder, name, "--"] + command)
    }

    /// Cuts the power of a node, and boots it again.
    func losePower(_ name: String) throws {
        for command in ["kill", "start"] {
            let result = try Self.run([Self.lab, command, "--dir", folder, name])
            guard result.status == 0 else {
                throw Failure(text: "\(command) \(name): \(result.output)\(result.error)")
            }
        }
    }

    static func run(_ words: [String]) throws -> Result {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rb-out-\(UInt64.random(in: 0 ... .max))")
        let error = output.appendingPathExtension("err")
        for file in [output, error] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        // Spawned by hand and to files: what the lab leaves running would keep Foundation's Process, or a pipe, waiting.
        let script = "out=$1 err=$2; shift 2; exec \"$@\" >\"$out\" 2>\"$err\" </dev/null"
        let status = try status(of: spawn(["/bin/sh", "-c", script, "sh", output.path, error.path] + words))
        return Result(
            status: status,
            output: (try? String(contentsOf: output, encoding: .utf8)) ?? "",
            error: (try? String(contentsOf: error, encoding: .utf8)) ?? "")
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, arguments[0], nil, nil, &pointers, environ) == 0 else {
            throw Failure(text: "\(arguments[0]) can't be started")
        }
        return pid
    }

    /// Waits until a process has ended: its exit status, or 128 and its signal.
    static func status(of pid: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
