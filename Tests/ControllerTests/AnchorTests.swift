import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// What stands outside the database, and what happens when the database does not fit it.
@Suite struct AnchorTests {
    private func copyDatabase(_ trail: AuditTrail, to name: String) async throws -> String {
        let journal = try await trail.journal()
        try await journal.backup(to: trail.folder.path(name))
        try await journal.close()
        return trail.folder.path(name)
    }

    /// Puts an earlier copy in the database's place.
    private func restore(_ copy: String, _ trail: AuditTrail) throws {
        for suffix in ["", "-wal", "-shm"] { unlink(trail.settings.database + suffix) }
        try FileManager.default.copyItem(atPath: copy, toPath: trail.settings.database)
        chmod(trail.settings.database, 0o600)
    }

    @discardableResult
    private func withAnchoring<R>(_ trail: AuditTrail, _ body: (AuditAnchoring) async throws -> R) async throws -> R {
        let journal = try await trail.journal()
        let result = try await body(AuditAnchoring(trail.settings, journal: journal))
        try await journal.close()
        return result
    }

    private func trail() async throws -> AuditTrail {
        var trail = try AuditTrail()
        trail.settings.anchors = ["file:\(trail.folder.path("anchors"))"]
        try await trail.fill()
        return trail
    }

    @Test func withoutAnAnchorItIsUnanchoredAndNeverJustGood() async throws {
        let trail = try AuditTrail()
        try await trail.fill()
        let found = try await withAnchoring(trail) { anchoring in
            await anchoring.anchor()
            try await anchoring.check()
            return try await anchoring.verify()
        }
        #expect(found.isIntact)
        #expect(found.anchoring == .unanchored)
    }

    @Test func theKeyIsPrivateOutsideTheDatabaseAndMadeOnce() async throws {
        let trail = try await trail()
        let key = try await ControllerKey(trail.settings)
        var status = stat()
        #expect(stat(key.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try await ControllerKey(trail.settings).fingerprint == key.fingerprint)
        let listed = try Keygen.run(["-l", "-f", key.path + ".pub"])
        #expect(listed.contains(key.fingerprint))
        #expect(listed.contains("ED25519"))
        chmod(key.path, 0o640)
        await #expect(throws: RequestError.self) { try await ControllerKey(trail.settings) }
    }

    @Test func aChainIsAnchoredOnceForWhatHappened() async throws {
        let trail = try await trail()
        try await withAnchoring(trail) { anchoring in
            for _ in 0..<3 { #expect(await anchoring.anchor().isEmpty) }
            let lines = try trail.folder.read("anchors").split(separator: "\n")
            #expect(lines.count == 1)
            let checkpoint = try #require(Checkpoint(line: lines[0]))
            let found = try await anchoring.verify()
            #expect(found.isIntact)
            // The same user could write there.
            #expect(found.anchoring == .rewritable)
            #expect(found.places[0].sequence == checkpoint.sequence)
            let collected = try await anchoring.verify(collected: ("log", ["Nov 28 host runbook-anchor: \(lines[0])"]))
            #expect(collected.anchoring == .anchored)
            try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .runShown))
            await anchoring.anchor()
            #expect(try trail.folder.read("anchors").split(separator: "\n").count == 2)
            try await anchoring.check()
        }
    }

    @Test func aDatabasePutBackToAnEarlierStateChangesNothingUntilItIsAccepted() async throws {
        let trail = try await trail()
        let copy = try await copyDatabase(trail, to: "earlier.db")
        try await withAnchoring(trail) { anchoring in
            try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .approvalUsed))
            await anchoring.anchor()
        }
        try restore(copy, trail)
        try await withAnchoring(trail) { anchoring in
            let refusal = await #expect(throws: RequestError.self) { try await anchoring.check() }
            #expect(refusal?.kind == .refused)
            #expect(try await anchoring.verify().places[0].fault?.contains("put back to an earlier state") == true)
            // Also once it is longer than it was.
            for _ in 0..<9 {
                try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .runShown))
            }
            await #expect(throws: RequestError.self) { try await anchoring.check() }
            #expect(try await anchoring.verify().places[0].fault?.contains("rewritten") == true)

            try Keygen.generate(type: "ed25519", at: trail.folder.path("lead"))
            let head = try await anchoring.accept(reason: "restored", key: trail.folder.path("lead"))
            try await anchoring.check()
            let found = try await anchoring.verify()
            #expect(found.isIntact)
            #expect(found.places[0].note?.contains("accepted") == true)
            let record = try await anchoring.journal.auditRecords(AuditFilter(action: .auditAccepted))
            #expect(record.map { $0.entry.detail["sequence"] } == [String(head.sequence)])
            await anchoring.anchor()
            try await anchoring.check()
        }
    }

    /// Whoever owns the database can use the controller's key as well, and sign an anchor of what was rewritten.
    @Test func anAnchorThatIsSignedAnewCoversUpNoEarlierOne() async throws {
        let trail = try await trail()
        let copy = try await copyDatabase(trail, to: "earlier.db")
        try await withAnchoring(trail) { anchoring in
            try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .approvalUsed))
            #expect(await anchoring.anchor().isEmpty)
        }
        try restore(copy, trail)
        try await withAnchoring(trail) { anchoring in
            for _ in 0..<9 {
                try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .runShown))
            }
            #expect(try await anchoring.journal.verifyAudit(against: []).isIntact)
            #expect(await anchoring.anchor().isEmpty)
            let found = try await anchoring.verify()
            #expect(found.places.map(\.fault) == [nil])
            #expect(found.chain.fault?.kind == .anchor)
            #expect(!found.isIntact)
        }
    }

    @Test func aCutTailALostAnchorAndAnotherDatabaseAreRefused() async throws {
        let trail = try await trail()
        try await withAnchoring(trail) { await $0.anchor() }
        let anchors = try trail.folder.read("anchors")
        try FileManager.default.removeItem(atPath: trail.folder.path("anchors"))
        try await withAnchoring(trail) { anchoring in
            await #expect(throws: RequestError.self) { try await anchoring.check() }
        }
        try trail.folder.write("anchors", anchors)
        try await withAnchoring(trail) { try await $0.check() }
        // The last records, with the journal's own note of its end.
        try Keygen.run(
            [
                trail.settings.database,
                """
                DROP TRIGGER audit_is_never_deleted;
                DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 4 FROM audit);
                UPDATE journal SET audit_sequence = (SELECT max(sequence) FROM audit),
                    audit_hash = (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1);
                """,
            ], tool: "/usr/bin/sqlite3")
        try await withAnchoring(trail) { anchoring in
            await #expect(throws: RequestError.self) { try await anchoring.check() }
        }
        for suffix in ["", "-wal", "-shm"] { unlink(trail.settings.database + suffix) }
        try await withAnchoring(trail) { anchoring in
            let refusal = await #expect(throws: RequestError.self) { try await anchoring.check() }
            #expect(refusal?.message.contains("another database") == true)
        }
    }

    @Test func anAnchorThatSomebodyElseWroteIsRefused() async throws {
        let trail = try await trail()
        try await withAnchoring(trail) { anchoring in
            let head = try #require(try await anchoring.journal.auditHead())
            var forged = Checkpoint(.checkpoint, head, time: 1, key: "SHA256:x")
            try Keygen.generate(type: "ed25519", at: trail.folder.path("other"))
            forged.signature = SignatureArmor.bare(
                try await SSHKeygen().sign(
                    forged.statement, key: trail.folder.path("other"), namespace: .checkpoint))
            try trail.folder.write("anchors", forged.line + "\n")
            let refusal = await #expect(throws: RequestError.self) { try await anchoring.check() }
            #expect(refusal?.message.contains("not signed") == true)
        }
    }

    /// What a person wrote goes to the log server by the system's own logger(1): one message, in which nothing is anything
    /// but text.
    @Test func aLogServerGetsOneMessageThatIsInertWhateverWasWritten() async throws {
        let server = try await LocalServer(
            """
            class Handler(socketserver.StreamRequestHandler):
                def handle(self): log(bytes=self.rfile.read().decode("utf-8", "replace"))
            ready(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))
            """)
        var trail = try AuditTrail()
        trail.settings.anchors = ["syslog:127.0.0.1:\(server.port)"]
        try await trail.fill()
        try Keygen.generate(type: "ed25519", at: trail.folder.path("lead"))
        let reason = [
            "first\r\n<34>1 - gate su - - - root was let in\nsecond", "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
            "@here <!channel> @everyone", "\u{1B}]0;title\u{7}\u{1B}[2J", "\u{85}\u{2028}\u{202E}\u{0}",
        ].joined(separator: " ")
        try await withAnchoring(trail) { anchoring in
            try await anchoring.accept(reason: reason, key: trail.folder.path("lead"))
        }
        _ = try await becomes { !server.log.isEmpty }
        #expect(server.log.count == 1)
        let bytes = try #require(server.log.first?["bytes"] as? String)
        // A frame begins with its length, and there is no second one.
        let blank = try #require(bytes.firstIndex(of: " "))
        let frame = bytes[bytes.index(after: blank)...]
        #expect(Int(bytes[..<blank]) == frame.utf8.count, "\(bytes)")
        let unwanted = frame.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        #expect(unwanted.isEmpty, "\(unwanted)")
        let checkpoint = try #require(Checkpoint(line: frame))
        #expect(checkpoint.type == .acceptance)
        #expect(checkpoint.reason?.contains("root was let in") == true)
    }

    @Test func aGitRepositoryWithAnUpstreamIsAnAnchorOfItsOwn() async throws {
        var trail = try AuditTrail()
        let (bare, clone) = (trail.folder.path("bare.git"), trail.folder.path("clone"))
        try Keygen.run(["init", "-q", "--bare", "-b", "main", bare], tool: "/usr/bin/git")
        try Keygen.run(["clone", "-q", bare, clone], tool: "/usr/bin/git")
        try Keygen.run(
            [
                "-C", clone, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "x",
            ], tool: "/usr/bin/git")
        try Keygen.run(["-C", clone, "push", "-q", "-u", "origin", "HEAD:main"], tool: "/usr/bin/git")
        trail.settings.anchors = ["git:\(clone)"]
        try await trail.fill()
        try await withAnchoring(trail) { anchoring in
            #expect(await anchoring.anchor().isEmpty)
            #expect(try await anchoring.verify().anchoring == .anchored)
            let pushed = try Keygen.run(
                ["-C", bare, "show", "main:runbook-anchors.jsonl"], tool: "/usr/bin/git")
            #expect(Checkpoint(line: pushed) != nil)
            // What cannot be reached holds nothing up, and is on record.
            try FileManager.default.moveItem(atPath: bare, toPath: bare + ".away")
            try await anchoring.journal.record(AuditEntry(actor: RunService.requester, action: .runShown))
            #expect(await anchoring.anchor().count == 1)
            try await anchoring.check()
            let records = try await anchoring.journal.auditRecords(
                AuditFilter(action: .auditAnchored, newestFirst: true))
            #expect(records[0].entry.outcome?.hasPrefix("failed") == true)
        }
    }
}
