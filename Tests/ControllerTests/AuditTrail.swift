import Foundation
import Model
import TestSupport

@testable import Controller

/// A journal with the records of one small run, and settings of its own, for tests of what leaves it.
struct AuditTrail {
    let folder: TemporaryFolder
    var settings: Settings
    let run = RunID(random: 0x1111, 0x2222)

    /// What came from a node: everything that a page, a spreadsheet or a terminal could take for its own.
    static let hostile = "<script>alert(1)</script>\r\n=cmd|' /C calc'!A0 \u{1B}[31m\u{202E}"

    init(anchors: [String] = []) throws {
        folder = try TemporaryFolder(prefix: "trail")
        settings = Settings(
            layers: [PartialSettings(database: folder.path("state/runbook.db"), anchors: anchors)],
            environment: ["HOME": folder.root], userID: 0)
    }

    func journal() async throws -> any JournalStore { try await Workspace(settings).journal() }

    private static let requester = Requester(
        user: "=HYPERLINK(\"http://x\")", userID: 1000, sudoUser: "@alice", host: "ctl01", sshClient: "192.0.2.7")

    /// Records a run of three nodes, of which one fails.
    func fill() async throws {
        let journal = try await journal()
        let header = RunHeader(
            id: run, kind: .apply, runbook: "gpu-reset", runbookVersion: 3,
            targets: NodeSet(names: ["gpu01", "gpu02", "gpu03"]), selector: "@gpu", parameters: ["driver": "550"],
            requester: Self.requester, program: "test")
        try await journal.append([.runStarted(header), .phaseChanged(.running)], run: run)
        for (target, node) in ["gpu01", "gpu02", "gpu03"].enumerated() {
            let id = InvocationID(run: run, target: target, step: 0, attempt: 1)
            let isBad = target == 2
            _ = try await journal.claim(node: node, run: run)
            try await journal.append(
                [
                    .surveyed(node: node, Survey(verdict: .broken, causes: ["lost"], text: Self.hostile)),
                    .stepIntended(
                        node: node,
                        StepIntent(
                            id: id, name: "reset", purpose: .apply, verb: "run", scriptDigest: "00", effect: .once,
                            bootID: "b", machineID: "m\(target)")),
                    .advised(
                        node: node,
                        Advice(
                            step: "reset", title: "Look at the slot", severity: .critical, text: Self.hostile,
                            patch: "-old\n+<new>", evidence: ["kernel log"])),
                ], run: run)
            try await journal.append(
                [
                    .stepEnded(
                        node: node,
                        StepEnding(
                            id: id, name: "reset", purpose: .apply, status: isBad ? .failed : .changed,
                            outcome: .exited(isBad ? 1 : 0), text: isBad ? Self.hostile : "")),
                    .nodeFinished(
                        node: node,
                        NodeOutcome(isBad ? .failed : .remediated, text: isBad ? Self.hostile : "", step: "reset")),
                ], run: run)
            try await journal.release(node: node, run: run)
        }
        try await journal.append(
            [.runFinished(RunEnding(counts: [.remediated: 2, .failed: 1], exitStatus: 1))], run: run)
        try await journal.record(
            AuditEntry(
                actor: Self.requester, action: .approvalGiven, run: run, planDigest: "ab", outcome: "+1",
                detail: ["approver": "bob", "key": "SHA256:abc", "gate": "start", "reason": Self.hostile]))
        try await journal.close()
    }

    /// Exports `selection` into a new folder of that name.
    @discardableResult
    func export(_ name: String, _ selection: AuditSelection = AuditSelection()) async throws -> String {
        let journal = try await journal()
        _ = try await AuditExport(settings, journal: journal).write(selection, to: folder.path(name))
        try await journal.close()
        return folder.path(name)
    }

    /// The public key that an auditor was given, as a file of allowed signers.
    func signers() async throws -> String {
        try folder.write("signers", try await ControllerKey(settings).signersLine)
        return folder.path("signers")
    }
}
