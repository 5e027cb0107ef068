import Engine
import Foundation
import Glibc
import Model
import Testing

/// Nodes with a real systemd, apt and Slurm of their own. Up for as long as the test process lives.
final class LabFixture: Sendable {
    /// One lab for all tests; the error says why there is none.
    static let shared: Swift.Result<LabFixture, any Error> = Swift.Result { try LabFixture() }

    /// Whether this machine can have one: root, systemd-nspawn, and time for it.
    static var isPossible: Bool {
        getuid() == 0 && access("/usr/bin/systemd-nspawn", X_OK) == 0
            && ProcessInfo.processInfo.environment["RUNBOOK_TEST_NO_LAB"] == nil
    }

    static let script: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.appendingPathComponent("Lab/lab").path
    }()

    private let folder: String
    private var shared: String { folder + "/shared" }

    private init() throws {
        let cache = ProcessInfo.processInfo.environment["RUNBOOK_LAB_CACHE"] ?? "/var/cache/runbook-lab"
        folder = "\(cache)/labs/verbs-\(getpid())"
        let result = try Workbench.execute(
            "/bin/bash",
            [
                Self.script, "up", "--dir", folder, "--nodes", "node[01-02]", "--nodes", "head01", "--role",
                "slurm-controller=head01", "--role", "slurm-node=node[01-02]", "--with-pid", "\(getpid())",
            ], environment: ProcessInfo.processInfo.environment, input: [])
        guard result.status == 0 else { throw LabError(text: result.errors) }
    }

    struct LabError: Error {
        var text: String
    }

    /// Runs a shell command on a node, as root.
    @discardableResult
    func sh(_ node: String, _ command: String, input: [UInt8] = []) throws -> Workbench.Result {
        try Workbench.execute(
            "/bin/bash", [Self.script, "node", "--dir", folder, node, "--", "sh", "-c", command],
            environment: ProcessInfo.processInfo.environment, input: input)
    }

    /// What a command prints, which must succeed.
    @discardableResult
    func text(_ node: String, _ command: String) throws -> String {
        let result = try sh(node, command)
        guard result.status == 0 else { throw LabError(text: "\(command): \(result.status) \(result.errors)") }
        return result.text
    }

    /// Runs one of a step's scripts on a node, with a state folder of its own.
    func run(
        _ script: StepProgram.Script?, on node: String, input: [UInt8]? = nil, adding extra: [String: String] = [:],
        state: String = "/var/lib/runbook-test"
    ) throws -> Workbench.Result {
        let script = try #require(script)
        let job = "job-\(UInt64.random(in: 0...(.max)))"
        mkdir(shared + "/" + job, 0o700)
        defer { try? FileManager.default.removeItem(atPath: shared + "/" + job) }
        var lines = ["mkdir -m 700 -p \(state)", "export RUNBOOK_STATE=\(state)"]
        for (name, value) in script.environment.merging(extra, uniquingKeysWith: { _, new in new }) {
            lines.append("export \(name)='\(value.replacingOccurrences(of: "'", with: "'\\''"))'")
        }
        lines.append("cd / && exec sh /var/lib/lab/shared/\(job)/script < /var/lib/lab/shared/\(job)/input")
        for (name, bytes) in [
            ("script", Array(script.text.utf8)), ("input", input ?? script.input ?? []),
            ("start", Array(lines.joined(separator: "\n").utf8)),
        ] {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(shared)/\(job)/\(name)"))
        }
        return try sh(node, "exec sh /var/lib/lab/shared/\(job)/start")
    }

    func predict(_ program: StepProgram, on node: String) throws -> PredictionReport {
        let result = try run(program.predict, on: node)
        return PredictionReport(of: program, standardOutput: result.output, outcome: result.outcome)
    }

    /// The whole life of a change, as `Workbench.live` has it; `observed` prints all that must be as before in the end,
    /// `untouched` what a prediction must not even touch.
    func live(
        _ program: StepProgram, on node: String, observed: String, untouched: String = "true",
        settles: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation, changed: () throws -> Void = {}
    ) throws {
        try sh(node, "rm -rf /var/lib/runbook-test")
        let before = try text(node, observed)
        let files = try text(node, untouched)
        let first = try predict(program, on: node)
        #expect(try text(node, untouched) == files, "a prediction left traces", sourceLocation: sourceLocation)
        #expect(first.kind == .change, "\(first)", sourceLocation: sourceLocation)
        #expect(try text(node, observed) == before, "a prediction left traces", sourceLocation: sourceLocation)
        let captured = try run(program.capture, on: node)
        #expect(captured.status == 0, "\(captured.errors)", sourceLocation: sourceLocation)
        let applied = try run(program.apply, on: node, adding: ["RUNBOOK_EXPECT": first.beforeDigest ?? ""])
        #expect(applied.status == 0, "\(applied.text)\(applied.errors)", sourceLocation: sourceLocation)
        try changed()
        if settles {
            #expect(try text(node, observed) != before, sourceLocation: sourceLocation)
            let second = try predict(program, on: node)
            #expect(second.kind == .noChange, "\(second)", sourceLocation: sourceLocation)
        }
        let undone = try run(program.undo, on: node, input: captured.output)
        #expect(undone.status == 0, "\(undone.text)\(undone.errors)", sourceLocation: sourceLocation)
        let after = try text(node, observed)
        #expect(after == before, sourceLocation: sourceLocation)
        let again = try run(program.undo, on: node, input: captured.output)
        #expect(again.status == 0, "\(again.errors)", sourceLocation: sourceLocation)
        #expect(try text(node, observed) == before, sourceLocation: sourceLocation)
    }
}
