import TestSupport
import Testing

@testable import SSH

/// Which keys are offered, without a server.
@Suite struct AuthPlanTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder(prefix: "plan")
    }

    private func identity(_ name: String, passphrase: String = "") throws -> Identity {
        try Keygen.generate(type: "ed25519", at: folder.path(name), passphrase: passphrase)
        return try Identity.read(folder.path(name))
    }

    private func inAgent(_ identity: Identity) throws -> (key: PublicKey, comment: String) {
        (try #require(identity.publicKey), "a comment")
    }

    @Test func filesComeBeforeTheAgentAndNoKeyTwice() throws {
        let (first, second) = (try identity("first"), try identity("second"))
        let held = [try inAgent(try identity("held")), try inAgent(first)]
        let plan = AuthPlan(identities: [second, first], agentKeys: held, identitiesOnly: false)
        #expect(plan.candidates.map(\.offered) == [second.publicKey, first.publicKey, held[0].key])
        #expect(plan.candidates[2].origin == "agent: a comment")
        let only = AuthPlan(identities: [second], agentKeys: held, identitiesOnly: true)
        #expect(only.candidates.count == 1)
    }

    @Test func theAgentSignsForEncryptedFilesOnly() throws {
        let (plain, locked) = (try identity("plain"), try identity("locked", passphrase: "secret"))
        let held = [try inAgent(plain), try inAgent(locked)]
        let plan = AuthPlan(identities: [plain, locked], agentKeys: held, identitiesOnly: true)
        guard case .file = plan.candidates[0].signer, case .agent = plan.candidates[1].signer else {
            Issue.record("\(plan.candidates)")
            return
        }
    }

    @Test func noMoreKeysAreOfferedThanAServerCounts() throws {
        let identities = try (0..<7).map { try identity("key\($0)") }
        let plan = AuthPlan(identities: identities, agentKeys: [], identitiesOnly: false)
        #expect(plan.candidates.count == AuthPlan.mostOffers)
        #expect(plan.skipped.count == 2)
    }

    @Test func aCertificateIsOfferedBeforeItsKey() throws {
        try Keygen.generate(type: "ecdsa", at: folder.path("ca"))
        try Keygen.generate(type: "ecdsa", at: folder.path("user"))
        try Keygen.run(["-q", "-s", folder.path("ca"), "-I", "id", folder.path("user.pub")])
        let identity = try Identity.read(folder.path("user"))
        let plan = AuthPlan(identities: [identity], agentKeys: [], identitiesOnly: false)
        #expect(plan.candidates.map(\.offered.isCertificate) == [true, false])
    }
}
