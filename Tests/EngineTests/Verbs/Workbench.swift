import Engine
import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// The shells under which a verb's script must do the same.
enum TestShell: String, CaseIterable, Sendable {
    case dash, bash, busybox

    /// Whether this machine has it.
    var isHere: Bool { access(path, X_OK) == 0 }

    var path: String {
        switch self {
        case .dash: "/bin/dash"
        case .bash: "/bin/bash"
        case .busybox: "/bin/busybox"
        }
    }

    static var here: [TestShell] { allCases.filter(\.isHere) }
}

/// A place of one's own to run a step's scripts in.
struct Workbench {
    let shell: TestShell
    /// The folder that holds all of it.
    let folder: String
    /// Only root may write here; the way to it is root's too.
    let root: String
    let state: String
    /// What a script is started by, in front of its shell: to run it in another namespace.
    var enter: [String] = []
    /// Programs that come before the machine's own.
    let bin: String
    private let search: String

    init(_ shell: TestShell) throws {
        self.shell = shell
        var template = Array("/tmp/runbook-verbs-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        root = folder + "/root"
        state = folder + "/state"
        bin = folder + "/bin"
        for path in [root, state, bin] { mkdir(path, path == root ? 0o755 : 0o700) }
        chmod(folder, 0o755)
        chmod(bin, 0o755)
        // Under busybox all tools are its own, as on a small system.
        if shell == .busybox {
            try Self.execute(shell.path, ["--install", "-s", bin], environment: [:], input: [])
            // Busybox's own can't become another user.
            unlink(bin + "/setpriv")
        } else {
            symlink(shell.path, bin + "/sh")
        }
        search = bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    /// Puts a program before the machine's own. Another process writes it: a file that this one has open while one of its
    /// threads starts a process can't be executed.
    func install(_ name: String, _ text: String) throws {
        try Self.execute(
            "/bin/sh", ["-c", "cat >\"$0\" && chmod 755 \"$0\"", "\(bin)/\(name)"],
            environment: ["PATH": "/usr/bin:/bin"],
            input: Array(text.utf8))
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// What a script did.
    struct Result {
        var status: Int32
        var output: [UInt8]
        var errors: String
        var text: String { String(decoding: output, as: UTF8.self) }
        var outcome: InvocationOutcome { .exited(status) }
    }

    func run(
        _ script: StepProgram.Script?, input: [UInt8]? = nil, adding extra: [String: String] = [:]
    ) throws -> Result {
        let script = try #require(script)
        let file = state + "/script-\(UInt32.random(in: 0...(.max)))"
        try Data(script.text.utf8).write(to: URL(fileURLWithPath: file))
        defer { unlink(file) }
        var environment = script.environment
        environment["PATH"] = search
        environment["HOME"] = "/root"
        environment["RUNBOOK_STATE"] = state
        environment.merge(extra) { _, new in new }
        let command = enter + (shell == .busybox ? [shell.path, "sh", file] : [shell.path, file])
        return try Self.execute(
            command[0], Array(command.dropFirst()), environment: environment, input: input ?? script.input ?? [])
    }

    @discardableResult
    static func execute(
        _ path: String, _ arguments: [String], environment: [String: String], input: [UInt8]
    ) throws -> Result {
        let folder = NSTemporaryDirectory() + "/runbook-io-\(UInt64.random(in: 0...(.max)))"
        mkdir(folder, 0o700)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = ["/in", "/out", "/err"].map { folder + $0 }
        try Data(input).write(to: URL(fileURLWithPath: paths[0]))
        for path in paths[1...] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle(forReadingAtPath: paths[0])
        process.standardOutput = FileHandle(forWritingAtPath: paths[1])
        process.standardError = FileHandle(forWritingAtPath: paths[2])
        try process.run()
        process.waitUntilExit()
        let status =
            process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Result(
            status: status, output: Array(try Data(contentsOf: URL(fileURLWithPath: paths[1]))),
            errors: String(decoding: try Data(contentsOf: URL(fileURLWithPath: paths[2])), as: UTF8.self))
    }

    /// More bytes than the journal holds of one file.
    static let large = (0..<13_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        let path = path(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
    }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }
    func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

    /// All that is beneath the root: kinds, modes, owners, bytes, links, extended attributes.
    func snapshot() throws -> [String: String] { try TreeSnapshot(of: root).entries }

    func predict(_ program: StepProgram) throws -> PredictionReport {
        let result = try run(program.predict)
        return PredictionReport(of: program, standardOutput: result.output, outcome: result.outcome)
    }

    /// The whole life of a change: predicted without a trace, made, predicted to be there, and undone without a trace.
    ///
    /// `changed` looks at what was made of it.
    func live(_ program: StepProgram, changed: () throws -> Void = {}) throws {
        let before = try snapshot()
        let first = try predict(program)
        #expect(first.kind == .change, "\(shell): \(first)")
        #expect(try snapshot() == before, "a prediction left traces")
        let captured = try run(program.capture)
        #expect(captured.status == 0, "\(captured.errors)")
        #expect(try snapshot() == before, "a capture left traces")
        let applied = try run(program.apply, adding: ["RUNBOOK_EXPECT": first.beforeDigest ?? ""])
        #expect(applied.status == 0, "\(shell): \(applied.errors)")
        #expect(try snapshot() != before)
        try changed()
        let after = try snapshot()
        let second = try predict(program)
        #expect(second.kind == .noChange, "\(shell): \(second)")
        #expect(second.beforeDigest == first.afterDigest)
        let again = try run(program.apply)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try snapshot() == after, "a second apply changed something")
        let undone = try run(
            program.undo, input: captured.output, adding: ["RUNBOOK_EXPECT": first.afterDigest ?? ""])
        #expect(undone.status == 0, "\(shell): \(undone.errors)")
        #expect(try snapshot() == before, "\(shell): it is not as before")
        let undoneAgain = try run(program.undo, input: captured.output)
        #expect(undoneAgain.status == 0, "\(undoneAgain.errors)")
        #expect(try snapshot() == before)
    }
}
