import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Supervisor

/// One real node with systemd and sudo, shared by the tests of this process. The lab ends with it.
final class LabNode: Sendable {
    let folder: String

    private init(folder: String) { self.folder = folder }

    /// Whether a lab can be had here: root, and the lab's image built already (`Tests/Lab/lab base`).
    static let isPossible: Bool = {
        let cache = ProcessInfo.processInfo.environment["RUNBOOK_LAB_CACHE"] ?? "/var/cache/runbook-lab"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
        return geteuid() == 0 && names.contains { $0.hasPrefix("base-") }
    }()

    private static let shared = Task {
        let folder = "/var/cache/runbook-lab/labs/supervisor-\(ProcessInfo.processInfo.processIdentifier)"
        let node = LabNode(folder: folder)
        let isUp = await node.callAside(
            ["up", "--dir", folder, "--nodes", "n1", "--with-pid", "\(ProcessInfo.processInfo.processIdentifier)"])
        try #require(isUp)
        return node
    }

    /// The node, running.
    static func node() async throws -> LabNode { try await shared.value }

    private static let lab: String = {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "Lab/lab"
        ).path
    }()

    /// What `lab` prints, and whether it succeeds.
    private func call(_ arguments: [String], printing isPrinting: Bool = true) -> (isSuccess: Bool, output: String) {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: Self.lab)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = isPrinting ? output : FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return (false, "") }
        guard isPrinting else {
            process.waitUntilExit()
            return (process.terminationStatus == 0, "")
        }
        let bytes = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus == 0, String(decoding: bytes, as: UTF8.self))
    }

    /// Whether what takes seconds succeeds. It has a thread of its own: other tests' waits go on meanwhile.
    private func callAside(_ arguments: [String]) async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: self.call(arguments, printing: false).isSuccess)
            }
        }
    }

    /// What a script, run as root without the supervisor, prints there.
    func look(_ script: String) -> String { call(["node", "--dir", folder, "n1", "--", "sh", "-c", script]).output }

    /// Cuts the power and boots again.
    func loseOfPower() async {
        _ = await callAside(["kill", "--dir", folder, "n1"])
        _ = await callAside(["start", "--dir", folder, "n1"])
    }

    /// Channels to it, as root or as `user`.
    func opener(as user: String? = nil) -> LocalChannelOpener {
        let login =
            user.map {
                [
                    "setpriv", "--reuid", $0, "--regid", $0, "--init-groups", "env", "-i", "HOME=/home/\($0)",
                    "PATH=/usr/bin:/bin",
                ]
            } ?? []
        return LocalChannelOpener(
            shell: [Self.lab, "node", "--dir", folder, "n1", "--"] + login + ["/bin/sh", "-c"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"])
    }

    func open(as user: String? = nil, become: BecomeSettings = BecomeSettings(), password: String? = nil) async throws
        -> SupervisedSession
    {
        guard let password else {
            return try await SupervisedSession.open(over: opener(as: user), become: become, password: nil)
        }
        return try await SupervisedSession.open(over: opener(as: user), become: become) {
            SecretBytes(Array(password.utf8))
        }
    }

    func with<Result>(_ body: (SupervisedSession) async throws -> Result) async throws -> Result {
        let session = try await open()
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}

/// What needs a real node; one after the other, since they share it.
@Suite(.serialized, .enabled(if: LabNode.isPossible, "it takes root and the lab's image: Tests/Lab/lab base"))
struct LabTests {}
