import Foundation
import Model
import Synchronization
import TestSupport
import Testing

@testable import Controller

/// Commands that touch nodes without a run: what is said and checked first, and what is on record afterwards.
@Suite(.serialized, .nodesOfThisMachine) struct AddressedNodesTests {
    private func records(_ site: Installation, _ action: AuditAction) async throws -> [AuditEntry] {
        let journal = try await Workspace(site.settings).journal()
        let records = try await journal.auditRecords(AuditFilter(action: action))
        try await journal.close()
        return records.map(\.entry)
    }

    @Test func theNodesAndTheirNumberAreSaidFirstOnStandardError() async throws {
        try await ApprovalSite.with { site in
            try site.folder.write(
                "inventory/more.yaml", "schema_version: 1\nnodes: {n2: {address: 127.0.0.1}}\n")
            for words in [["nodes", "ping"], ["nodes", "keys", "forget"], ["nodes", "keys", "accept"]] {
                let result = try site.run(words: "carol", words + ["n[1-2]", "--output", "json"])
                #expect(result.error.hasPrefix("n[1-2] (2 nodes)\n"), "\(words): \(result.error)")
                #expect(
                    (try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) != nil,
                    "\(words): \(result.output)")
                let quiet = try site.run(words: "carol", words + ["n[1-2]", "-q"])
                #expect(!quiet.error.contains("2 nodes"), "\(words): \(quiet.error)")
            }
        }
    }

    @Test func whatIsNotAskedForIsRefusedBeforeAnythingIsSaidOrTouched() async throws {
        try await SSHDFixture.with { sshd in
            let site = try Installation(sshd, inventory: Installation.oneNode(sshd))
            let said = Mutex(0)
            await #expect(throws: RequestError.self) {
                _ = try await NodePing(Workspace(site.settings)).ping("n1", expected: 2) { _ in
                    said.withLock { $0 += 1 }
                }
            }
            await #expect(throws: RequestError.self) {
                _ = try await HostKeyCare(Workspace(site.settings)).forget("n1", expected: 2) { _ in
                    said.withLock { $0 += 1 }
                }
            }
            #expect(said.withLock { $0 } == 0)
            #expect(!sshd.log.contains("Connection from"))
            #expect(try sshd.folder.read("known_hosts").isEmpty == false)
        }
    }

    @Test func nodesThatCanNotAllBeConnectedToAreRefused() async throws {
        let folder = try TemporaryFolder(prefix: "many")
        try folder.write("site.yaml", "schema_version: 1\nnodes: {\"n[1-2]\": {}}\n")
        let settings = Settings(
            layers: [PartialSettings(inventory: [folder.path("site.yaml")], sshConfig: "none")],
            environment: ["HOME": folder.root], userID: 1)
        let workspace = Workspace(settings)
        let error = await #expect(throws: RequestError.self) {
            _ = try await AddressedNodes("n[1-2]", of: workspace, expected: nil, openFiles: 201)
        }
        #expect(error?.kind == .refused)
        #expect(try await AddressedNodes("n1", of: workspace, expected: nil, openFiles: 201).nodes.folded == "n1")
    }

    /// Stands in for a sudo with log_input: what it starts reads from it, and not from the login shell's own input.
    private static let recorder = """
        #!/bin/sh
        while [ "$1" != -- ]; do shift; done
        shift
        cat | "$@"
        """

    @Test(arguments: [true, false]) func pingNamesTheNodesWhoseSudoKeepsWhatItIsGiven(isRecording: Bool) async throws {
        let tools = try TemporaryFolder(prefix: "sudo")
        defer { withExtendedLifetime(tools) {} }
        try tools.write("text", isRecording ? Self.recorder : Self.recorder.replacing("cat | ", with: "exec "))
        // Made by another process: a file that this one has open while a thread starts a process can't be run.
        try Keygen.run(["-m", "755", tools.path("text"), tools.path("sudo")], tool: "/usr/bin/install")
        try tools.write("serve", "PATH=\(tools.root):$PATH\nexport PATH\nexec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n")
        var options = SSHDFixture.Options()
        options.configuration = ["ForceCommand exec /bin/sh \(tools.path("serve"))"]
        try await SSHDFixture.with(options) { sshd in
            let site = try ApprovalSite(sshd, runbooks: [:])
            let inventory = try site.folder.read("inventory/site.yaml")
            try site.folder.write(
                "inventory/site.yaml", inventory.replacing("method: none", with: "method: sudo"))
            let said = try site.run("carol", "nodes", "ping", "n1")
            #expect(said.status == 0, "\(said.output)\(said.error)")
            #expect(said.output.contains("n1: reachable (1 node)"), "\(said.output)")
            #expect(said.output.contains("n1: sudo records what it is given") == isRecording, "\(said.output)")
            let told = try site.run("carol", "nodes", "ping", "n1", "--output", "jsonl")
            #expect(told.last["records_input"] as? Bool == isRecording, "\(told.output)")
        }
    }

    @Test func keysThatPingBelievesAtFirstSightAreOnRecord() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            let site = try Installation(sshd, inventory: Installation.oneNode(sshd))
            var settings = site.settings
            settings.hostKeys = .acceptNew
            let report = try await NodePing(Workspace(settings)).ping("n1", expected: 1)
            #expect(report.results.map(\.node) == ["n1"])
            #expect(report.results.allSatisfy { $0.error == nil }, "\(report.results)")
            #expect(report.notices.contains { $0.contains("n1 were recorded at first sight") }, "\(report.notices)")
            let accepted = try await records(site, .hostKeyAccepted)
            #expect(accepted.map(\.nodes) == ["n1"])
            #expect(accepted.first?.detail["n1"]?.hasPrefix("SHA256:") == true, "\(accepted)")
            let again = try await NodePing(Workspace(settings)).ping("n1", expected: 1)
            #expect(again.notices.isEmpty)
            #expect(try await records(site, .hostKeyAccepted).count == 1)
            #expect(try await records(site, .hostKeysUnchecked).isEmpty)
        }
    }

    @Test func thatPingDidNotCheckKeysIsSaidAndOnRecord() async throws {
        try await SSHDFixture.with { sshd in
            let site = try Installation(sshd, inventory: Installation.oneNode(sshd))
            var settings = site.settings
            settings.hostKeys = .off
            let said = Mutex<[String]>([])
            let report = try await NodePing(Workspace(settings)).ping("n1", expected: nil) { asked in
                said.withLock { $0 += asked.warnings }
            }
            #expect(report.results.allSatisfy { $0.error == nil }, "\(report.results)")
            let warnings = said.withLock { $0 }
            #expect(warnings.contains { $0.contains("host keys are not checked") }, "\(warnings)")
            #expect(try await records(site, .hostKeysUnchecked).map(\.nodes) == ["n1"])
        }
    }
}
