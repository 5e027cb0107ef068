import Foundation
import Governance
import TestSupport
import Testing

/// Lines of allowed_signers, each held against OpenSSH's own verdict.
@Suite struct AllowedSignersTests {
    private static let space = "approval@runbook"
    private static let text = "a statement"
    /// 2026-06-15, 12:00 UTC.
    private static let now = 1_781_524_800

    private struct Case {
        var options: String
        var principals = "alice"
        var isAccepted: Bool
    }

    @Test func optionsHoldAsOpenSSHHasThem() async throws {
        let ring = try KeyRing(["k": "ed25519"])
        let signature = try await ring.sign(Self.text, "k", namespace: Self.space)
        let signer = try SSHSignature(armored: signature).verify(Array(Self.text.utf8), namespace: Self.space)
        let cases = [
            Case(options: "", isAccepted: true),
            Case(options: "", principals: "bob,alice", isAccepted: true),
            Case(options: "", principals: "bob", isAccepted: false),
            Case(options: "", principals: "\"alice\"", isAccepted: true),
            Case(options: "namespaces=\"approval@runbook\"", isAccepted: true),
            Case(options: "namespaces=\"file,approval@*\"", isAccepted: true),
            Case(options: "namespaces=\"*,!approval@runbook\"", isAccepted: false),
            Case(options: "namespaces=\"git\"", isAccepted: false),
            Case(options: "valid-after=\"20260101\"", isAccepted: true),
            Case(options: "valid-after=\"20270101Z\"", isAccepted: false),
            Case(options: "valid-before=\"20260101\"", isAccepted: false),
            Case(options: "valid-before=\"202606151201Z\"", isAccepted: true),
            Case(options: "valid-before=\"20260615115959Z\"", isAccepted: false),
            Case(
                options: "namespaces=\"approval@runbook\",valid-after=\"20260101\",valid-before=\"20270101\"",
                isAccepted: true),
            Case(options: "NAMESPACES=\"approval@runbook\"", isAccepted: true),
            Case(options: "cert-authority", isAccepted: false),
        ]
        for example in cases {
            let allowed = "# comment\n\n\(example.principals) \(example.options) \(try ring.line("k")) a comment\n"
            let signers = try AllowedSigners(allowed, timeZone: .gmt)
            let found = signers.principals(of: signer, namespace: Self.space, at: Self.now).contains("alice")
            #expect(found == example.isAccepted, "\(example)")
            let theirs = try ring.keygenAccepts(
                signature, Self.text, allowed: allowed, principal: "alice", namespace: Self.space,
                options: ["-O", "verify-time=20260615120000Z"])
            #expect(theirs == example.isAccepted, "ssh-keygen: \(example)")
        }
    }

    @Test func wildcardsNameNobody() async throws {
        let ring = try KeyRing(["k": "ed25519"])
        let signature = try await ring.sign(Self.text, "k", namespace: Self.space)
        let signer = try SSHSignature(armored: signature).verify(Array(Self.text.utf8), namespace: Self.space)
        for principals in ["*", "al*", "alic?", "*,!bob"] {
            let allowed = "\(principals) \(try ring.line("k"))\n"
            #expect(
                try ring.keygenAccepts(
                    signature, Self.text, allowed: allowed, principal: "alice", namespace: Self.space))
            let signers = try AllowedSigners(allowed, timeZone: .gmt)
            #expect(signers.principals(of: signer, namespace: Self.space, at: Self.now) == [], "\(principals)")
        }
        let excluded = try AllowedSigners("alice,!alice \(try ring.line("k"))\n", timeZone: .gmt)
        #expect(excluded.principals(of: signer, namespace: Self.space, at: Self.now) == [])
    }

    @Test func anAuthorityNamesWhomItsCertificateNames() async throws {
        let ring = try KeyRing(["ca": "ed25519", "other": "ed25519", "k": "ecdsa-256"])
        func certify(_ principals: [String], _ validity: String) throws {
            let process = SpawnedProcess()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
            process.arguments =
                ["-q", "-s", ring.folder.path("ca"), "-I", "id", "-V", validity] + principals
                + [ring.folder.path("k.pub")]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        func principals(_ allowed: String, at time: Int = Self.now) async throws -> [String] {
            let signature = try await ring.sign(Self.text, "k", namespace: Self.space, certified: true)
            let signer = try SSHSignature(armored: signature).verify(Array(Self.text.utf8), namespace: Self.space)
            return try AllowedSigners(allowed, timeZone: .gmt)
                .principals(of: signer, namespace: Self.space, at: time)
        }
        let authority = "*@example.org,alice cert-authority \(try ring.line("ca"))\n"
        try certify(["-n", "alice,bob"], "20260101:20270101")
        #expect(try await principals(authority) == ["alice"])
        #expect(try await principals(authority, at: Self.now + 86_400 * 365) == [])
        #expect(try await principals("alice cert-authority \(try ring.line("other"))\n") == [])
        // The plain key's line is not the certificate's.
        #expect(try await principals("alice \(try ring.line("k"))\n") == [])
        try certify(["-n", "carol@example.org"], "20260101:20270101")
        #expect(try await principals(authority) == ["carol@example.org"])
        try certify([], "20260101:20270101")
        #expect(try await principals(authority) == [])
    }

    @Test(arguments: [
        ("alice", "the line is cut off"), ("alice ssh-ed25519", "the line is cut off"),
        ("alice frobnicate ssh-ed25519 KEY", "option 'frobnicate' is not known"),
        ("alice namespaces=approval ssh-ed25519 KEY", "the value of 'namespaces' must stand in quotes"),
        ("alice valid-after=\"2026\" ssh-ed25519 KEY", "'2026' is no time"),
        ("alice valid-after=\"20261301\" ssh-ed25519 KEY", "'20261301' is no time"),
        ("alice valid-after=\"20270101\",valid-before=\"20260101\" ssh-ed25519 KEY", "valid-before is earlier"),
        ("\"alice ssh-ed25519 KEY", "a quote is not closed"), ("alice ssh-rsa KEY", "the key is not of type 'ssh-rsa'"),
    ])
    func aWrongLineIsNamed(line: String, message: String) throws {
        let ring = try KeyRing(["k": "ed25519"])
        let key = try ring.line("k").split(separator: " ")[1]
        let text = "# first\n" + line.replacing("KEY", with: key) + "\n"
        let error = #expect(throws: GovernanceError.self) { try AllowedSigners(text, timeZone: .gmt) }
        #expect(error?.message.contains("allowed_signers:2: \(message)") == true, "\(String(describing: error))")
    }
}
