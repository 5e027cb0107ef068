import Foundation
import Governance
import SSH
import TestSupport
import Testing

/// Signatures in both directions with the real ssh-keygen.
@Suite struct SSHSignatureTests {
    private static let space = "approval@runbook"
    private static let text = #"{"plan":"5d0e","run":"3f9c"}"#
    private static let kinds = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "rsa-3072"]

    private func verify(_ armored: String, _ text: String = text, namespace: String = space) throws
        -> SSHSignature.Proven
    {
        try SSHSignature(armored: armored).verify(Array(text.utf8), namespace: namespace)
    }

    @Test(arguments: kinds)
    func whatKeygenSignsIsAccepted(kind: String) throws {
        let ring = try KeyRing(["k": kind])
        for options in [[], ["-O", "hashalg=sha256"]] {
            let signature = try ring.keygenSign(Self.text, "k", namespace: Self.space, options: options)
            let proven = try verify(signature)
            let listed = try fingerprint(ring)
            #expect(proven.key.fingerprint == listed)
            #expect(proven.proof.isTouched == nil)
            #expect(proven.certificate == nil)
        }
    }

    private func fingerprint(_ ring: KeyRing) throws -> String {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
        process.arguments = ["-l", "-f", ring.folder.path("k.pub")]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return String(text.split(separator: " ")[1])
    }

    @Test(arguments: kinds)
    func keygenAcceptsWhatIsSignedHere(kind: String) async throws {
        let ring = try KeyRing(["k": kind])
        let signature = try await ring.sign(Self.text, "k", namespace: Self.space)
        let allowed = "alice \(try ring.line("k"))\n"
        #expect(
            try ring.keygenAccepts(
                signature, Self.text, allowed: allowed, principal: "alice", namespace: Self.space))
        #expect(
            try !ring.keygenAccepts(
                signature, Self.text + " ", allowed: allowed, principal: "alice", namespace: Self.space))
        _ = try verify(signature)
        #expect(try SSHSignature(armored: signature).armored == signature)
    }

    @Test(arguments: kinds)
    func anotherTextOrNamespaceIsNotProven(kind: String) throws {
        let ring = try KeyRing(["k": kind])
        let signature = try ring.keygenSign(Self.text, "k", namespace: Self.space)
        #expect(throws: GovernanceError.self) { try verify(signature, Self.text + "x") }
        #expect(throws: GovernanceError.self) { try verify(signature, namespace: "standing@runbook") }
        let other = try ring.keygenSign(Self.text, "k", namespace: "file")
        #expect(throws: GovernanceError.self) { try verify(other) }
    }

    @Test(arguments: [true, false])
    func aTokenSaysWhetherItWasTouched(ecdsa: Bool) throws {
        let ring = try KeyRing()
        let token = Token(ecdsa: ecdsa)
        for (flags, isTouched, isVerified) in [(UInt8(0x01), true, false), (0x05, true, true), (0x00, false, false)] {
            let signature = try token.sign(Self.text, namespace: Self.space, flags: flags)
            let proven = try verify(signature)
            #expect(proven.proof.isTouched == isTouched)
            #expect(proven.proof.isVerified == isVerified)
            #expect(throws: GovernanceError.self) { try verify(signature, "another") }
        }
        // OpenSSH's own verdict on what the token in memory signs: only that makes it a stand-in for a real one.
        let touched = try token.sign(Self.text, namespace: Self.space, flags: 1)
        #expect(
            try ring.keygenAccepts(
                touched, Self.text, allowed: "alice \(token.line)\n", principal: "alice", namespace: Self.space))
    }

    @Test func sha1IsRefused() async throws {
        let ring = try KeyRing(["k": "rsa-2048"])
        let good = try ring.keygenSign(Self.text, "k", namespace: Self.space)
        let base64 = good.split(separator: "\n").dropFirst().dropLast().joined()
        var bytes = Array(try #require(Data(base64Encoded: base64)))
        let name = Array("rsa-sha2-512".utf8)
        let at = try #require(bytes.firstRange(of: name))
        // The inner string becomes shorter by five bytes, the outer one too.
        let inner = at.lowerBound - 4
        bytes.replaceSubrange(at, with: Array("ssh-rsa".utf8))
        bytes[inner + 3] -= 5
        let outer = inner - 4
        let length = bytes[outer..<inner].reduce(0) { $0 << 8 | Int($1) } - 5
        bytes.replaceSubrange(outer..<inner, with: withUnsafeBytes(of: UInt32(length).bigEndian) { Array($0) })
        let forged =
            "-----BEGIN SSH SIGNATURE-----\n\(Data(bytes).base64EncodedString())\n-----END SSH SIGNATURE-----\n"
        let error = #expect(throws: GovernanceError.self) { try verify(forged) }
        #expect(error?.message.contains("can't sign with 'ssh-rsa'") == true)
    }

    @Test func aCertificateStandsForItsKey() async throws {
        let ring = try KeyRing(["ca": "ed25519", "k": "ed25519"])
        let arguments = ["-q", "-s", ring.folder.path("ca"), "-I", "id7", "-n", "alice,bob", "-V", "-1h:+1h"]
        try run(arguments + [ring.folder.path("k.pub")])
        let signature = try await ring.sign(Self.text, "k", namespace: Self.space, certified: true)
        let proven = try verify(signature)
        #expect(proven.certificate?.principals == ["alice", "bob"])
        #expect(proven.certificate?.keyID == "id7")
        #expect(proven.key.type == "ssh-ed25519")
        #expect(
            try ring.keygenAccepts(
                signature, Self.text, allowed: "* cert-authority \(try ring.line("ca"))\n", principal: "alice",
                namespace: Self.space))
    }

    private func run(_ arguments: [String]) throws {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(arguments: [
        "", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n%%%\n-----END SSH SIGNATURE-----", "hello",
    ])
    func whatIsNoSignatureIsMalformed(text: String) {
        let error = #expect(throws: GovernanceError.self) { try verify(text) }
        #expect(error?.code == .malformed)
    }

    @Test func everyTruncationIsAnErrorAndNoCrash() throws {
        let ring = try KeyRing(["k": "ed25519"])
        let good = try ring.keygenSign(Self.text, "k", namespace: Self.space)
        let data = try #require(Data(base64Encoded: good.split(separator: "\n").dropFirst().dropLast().joined()))
        for length in 0..<data.count {
            let text =
                "-----BEGIN SSH SIGNATURE-----\n\(data.prefix(length).base64EncodedString())\n-----END SSH SIGNATURE-----"
            #expect(throws: GovernanceError.self) { try verify(text) }
        }
    }
}
