import Foundation
import Journal
import Model
import TestSupport

@testable import Controller

/// A journal that holds what steps have printed, put there without a node, and the built program to read it.
final class StoredOutputs: Sendable {
    let folder: TemporaryFolder
    let journal: Journal

    /// - Parameter budget: bytes that are kept of one attempt.
    init(budget: Int = 1 << 30) throws {
        folder = try TemporaryFolder(prefix: "outputs")
        for part in ["inventory", "runbooks"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try folder.write("inventory/site.yaml", "schema_version: 1\nnodes: {n1: {address: 192.0.2.1}}\n")
        journal = try Journal.open(
            JournalSettings(
                path: folder.path("state/runbook.db"), actor: RunService.requester, program: "test",
                attemptBudget: budget))
    }

    /// A mebibyte of lines that tell it from the others.
    static func mebibyte(_ number: Int) -> [UInt8] {
        let line = "mebibyte \(number < 10 ? "0" : "")\(number) ---\n"
        return [[UInt8]](repeating: Array(line.utf8), count: 1 << 16).flatMap(\.self)
    }

    func begin(_ nodes: [String]) async throws -> RunID {
        let run = RunID(random: .random(in: 0 ... .max), .random(in: 0 ... .max))
        let header = RunHeader(
            id: run, kind: .exec, runbook: "", runbookVersion: 0, targets: NodeSet(names: nodes),
            selector: nodes.joined(separator: ","), parameters: [:], requester: RunService.requester, program: "test",
            command: ["print"])
        try await journal.append([.runStarted(header)], run: run)
        return run
    }

    /// The step that prints has begun.
    func intend(_ id: InvocationID, node: String) async throws {
        _ = try await journal.claim(node: node, run: id.run)
        let intent = StepIntent(
            id: id, name: "print", purpose: .exec, verb: "exec", scriptDigest: "", effect: .once, bootID: "",
            machineID: "")
        try await journal.append(
            [.stepIntended(node: node, intent), .stepStarted(node: node, id)], run: id.run)
    }

    /// It is over.
    func end(_ id: InvocationID, node: String) async throws {
        let ending = StepEnding(id: id, name: "print", purpose: .exec, status: .changed, outcome: .exited(0))
        try await journal.append([.stepEnded(node: node, ending)], run: id.run)
    }

    func end(_ run: RunID, nodes: Int) async throws {
        try await journal.append([.runFinished(RunEnding(counts: [.healthy: nodes], exitStatus: 0))], run: run)
    }

    /// A run that is over, each of whose nodes has printed so many mebibytes and then its own end.
    func run(_ ends: KeyValuePairs<String, String>, mebibytes: Int) async throws -> RunID {
        let run = try await begin(ends.map(\.key))
        for (target, (node, end)) in ends.enumerated() {
            let id = InvocationID(run: run, target: target, step: 0, attempt: 1)
            for number in 0..<mebibytes {
                try await journal.output(
                    OutputChunk(stream: .standardOutput, offset: number << 20, bytes: Self.mebibyte(number)), of: id,
                    node: node)
            }
            try await journal.output(
                OutputChunk(stream: .standardOutput, offset: mebibytes << 20, bytes: Array(end.utf8)), of: id,
                node: node)
            try await self.end(id, node: node)
        }
        try await end(run, nodes: ends.count)
        return run
    }

    func start(_ words: String...) throws -> MeasuredProgram { try start(words: words) }

    func start(words: [String]) throws -> MeasuredProgram {
        try MeasuredProgram(
            words,
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.root,
                "RUNBOOK_INVENTORY": folder.path("inventory"), "RUNBOOK_RUNBOOKS": folder.path("runbooks"),
                "RUNBOOK_PLUGINS": folder.path("plugins"), "RUNBOOK_DB": folder.path("state/runbook.db"),
                "RUNBOOK_SSH_CONFIG": "none",
            ], in: folder)
    }
}
