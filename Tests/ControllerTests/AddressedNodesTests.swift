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
