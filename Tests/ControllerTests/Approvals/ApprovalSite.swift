import Foundation
import Journal
import Model
import TestSupport

/// An installation with people, their keys and a runbook that needs approvals, used through the built program.
final class ApprovalSite: Sendable {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var error: String

        /// The last line of JSON Lines.
        var last: [String: Any] { Self.object(output.split(separator: "\n").last.map(String.init) ?? "") }

        static func object(_ line: String) -> [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
        }
    }

    static let binary =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/.build/debug/runbook"

    static let access = """
        schema_version: 1
        access:
          services: [SERVICE]
          persons: {alice: {}, bob: {}, carol: {}, dave: {}}
          roles: {leads: [alice, bob]}
          rules:
            - {allow: [approve, deny], to: ["role:leads"]}
            - {allow: [break_glass], to: [alice], runbooks: "fix*"}
            - {allow: [apply, rollback, diagnose, read, export, schedule, maintain], to: [carol, alice]}
        """

    let folder: TemporaryFolder

    init(_ sshd: SSHDFixture, runbooks: [String: String], access: String = access) throws {
        folder = try TemporaryFolder(prefix: "approvals")
        for part in ["inventory", "runbooks", "keys", "node"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for person in ["alice", "bob", "carol"] {
            try Keygen.generate(type: person == "bob" ? "ecdsa" : "ed25519", at: folder.path("keys/\(person)"))
        }
        try folder.write(
            "inventory/site.yaml",
            """
            schema_version: 1
            defaults:
              ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}
              become: {method: none}
            nodes: {n1: {address: 127.0.0.1}}
            """)
        let service = sshd.user == "root" ? "runbook" : sshd.user
        try folder.write("inventory/access.yaml", access.replacing("SERVICE", with: service))
        try allow(["alice", "bob", "carol"])
        for (name, text) in runbooks {
            try folder.write(
                "runbooks/\(name).yaml",
                text.replacing("NODE", with: folder.path("node").replacing("//", with: "/")))
        }
        try folder.write(
            "runbook.yaml",
            """
            inventory: [inventory]
            runbooks: runbooks
            db: state/runbook.db
            known_hosts: [\(sshd.knownHostsPath)]
            ssh_config: none
            """)
    }

    /// Writes allowed_signers for these people.
    func allow(_ persons: [String]) throws {
        try folder.write(
            "inventory/allowed_signers",
            try persons.map { "\($0) \(try folder.read("keys/\($0).pub"))" }.joined())
    }

    private func process(_ user: String, _ words: [String], _ environment: [String: String]) -> SpawnedProcess {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: folder.root)
        process.environment = variables(user).merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private func variables(_ user: String) -> [String: String] {
        [
            "HOME": folder.root, "PATH": "/usr/bin:/bin:/usr/sbin", "SUDO_USER": user, "SUDO_UID": "4242",
            "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
        ]
    }

    /// The bytes that a terminal gets on which `user` uses the program through sudo. The program believes that it knows
    /// neither colours nor moves.
    func recordOnTerminal(_ user: String, _ words: [String]) throws -> [UInt8] {
        try PseudoTerminal.record(
            [Self.binary] + words, environment: variables(user).merging(["TERM": "dumb"]) { $1 }, in: folder)
    }

    /// The program, used by `user` through sudo.
    @discardableResult
    func run(_ user: String, _ words: String..., environment: [String: String] = [:]) throws -> Result {
        try run(words: user, words, environment)
    }

    @discardableResult
    func run(words user: String, _ words: [String], _ environment: [String: String] = [:]) throws -> Result {
        let process = process(user, words, environment)
        let files = ["out", "err"].map { folder.path("\($0)-\(UInt64.random(in: 0 ... .max))") }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = files.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        return Result(status: process.terminationStatus, output: texts[0], error: texts[1])
    }

    /// Starts the program and leaves it alone.
    func start(_ user: String, _ words: String...) throws -> SpawnedProcess {
        let process = process(user, words, [:])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Begins a run that must wait, and gives its id and its plan's digest.
    func waiting(_ user: String = "carol", _ runbook: String = "fix") throws -> (run: String, plan: String) {
        let result = try run(user, "apply", runbook, "--nodes", "n1", "--yes", "--output", "jsonl")
        guard result.status == 3, let run = result.last["run"] as? String else {
            throw SSHDFixture.Failure("it does not wait: \(result.status) \(result.output) \(result.error)")
        }
        return (run, try pending(run))
    }

    /// The digest of the plan with which a run waits.
    func pending(_ run: String) throws -> String {
        let list = try self.run("carol", "approvals", "--output", "jsonl")
        let found = list.output.split(separator: "\n").map { Result.object(String($0)) }
            .first { $0["run"] as? String == run }
        guard let plan = found?["plan"] as? String else {
            throw SSHDFixture.Failure("run \(run) is not listed: \(list.output) \(list.error)")
        }
        return plan
    }

    func approve(_ person: String, _ run: String, _ plan: String, reason: String = "good") throws -> Result {
        try self.run(
            person, "approve", run, "--plan", plan, "--key", folder.path("keys/\(person)"), "--reason", reason)
    }

    /// Has alice read what a standing approval of `fix` would be for, and give it.
    func standing(
        _ nodes: String, _ count: String, environment: [String: String] = [:]
    ) throws -> Result {
        let words = [
            "standing", "give", "fix", "--nodes", nodes, "--count", count, "--expires", "1d", "--reason", "hygiene",
            "--output", "jsonl",
        ]
        let shown = try run(words: "alice", words + ["--show"], environment)
        guard let digest = shown.last["digest"] as? String else { return shown }
        return try run(
            words: "alice", words + ["--key", folder.path("keys/alice"), "--scope", digest], environment)
    }

    private static let tester = Requester(user: "tester", userID: 1, sudoUser: nil, host: "here", sshClient: nil)

    /// Has the journal see a time that lies so many seconds ahead.
    func record(ahead seconds: Int) async throws {
        let journal = try Journal.open(
            JournalSettings(
                path: folder.path("state/runbook.db"), actor: Self.tester, program: "test",
                clock: { Int(Date().timeIntervalSince1970 * 1000) + seconds * 1000 }))
        try await journal.record(AuditEntry(actor: Self.tester, action: .runShown))
        try await journal.close()
    }

    /// Waits for the run's end, and gives its exit status and outcome counts.
    func ending(of run: String) async throws -> (status: Int, counts: [String: Int], reason: String) {
        for _ in 0..<600 {
            let list = try self.run("carol", "runs", "--output", "jsonl")
            let found = list.output.split(separator: "\n").map { Result.object(String($0)) }
                .first { $0["id"] as? String == run }
            if let found, found["ended"] as? Int != nil {
                return (
                    found["exit_status"] as? Int ?? -1, found["counts"] as? [String: Int] ?? [:],
                    found["stop_reason"] as? String ?? ""
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SSHDFixture.Failure("run \(run) does not end")
    }

    /// What a run does at this moment.
    func phase(of run: String) throws -> String {
        let list = try self.run("carol", "runs", "--output", "jsonl")
        let found = list.output.split(separator: "\n").map { Result.object(String($0)) }
            .first { $0["id"] as? String == run }
        return found?["phase"] as? String ?? ""
    }

    /// Waits until a run waits.
    func waits(_ runbook: String) async throws -> (run: String, plan: String) {
        for _ in 0..<600 {
            let list = try self.run("carol", "approvals", "--output", "jsonl")
            let found = list.output.split(separator: "\n").map { Result.object(String($0)) }
                .first { $0["runbook"] as? String == runbook }
            if let run = found?["run"] as? String, let plan = found?["plan"] as? String { return (run, plan) }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SSHDFixture.Failure("no run of \(runbook) waits")
    }

    /// The actions of the audit records of a run, or of all.
    func audit(_ run: String? = nil) throws -> [(action: String, detail: [String: String])] {
        let words = ["audit", "list", "--limit", "10000", "--output", "jsonl"] + (run.map { ["--run", $0] } ?? [])
        let process = process("carol", words, [:])
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let object = Result.object(String(line))
            let detail = object.filter { $0.key != "action" }.compactMapValues { $0 as? String }
            let inner = (object["detail"] as? [String: Any] ?? [:]).compactMapValues { $0 as? String }
            return (object["action"] as? String ?? "", detail.merging(inner) { $1 })
        }
    }

    /// What the steps have left on the node.
    func node(_ file: String) -> String { (try? folder.read("node/\(file)")) ?? "" }
}
