import Foundation
import TestSupport
import Testing

/// One person, or one key, that would count as two. Through the built program, on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct OnePersonTests {
    private static let runbook = """
        schema_version: 1
        name: fix
        version: 1
        title: Puts a file there
        targets: "@*"
        approve: {approvers: ["role:leads"], min_approvals: 2}
        detect:
          - name: there
            probe: test -e NODE/done
            healthy: {exit: 0}
            causes: [{id: missing, when: {exit: 1}}]
        steps:
          - name: make
            effect: once
            run: echo x >>NODE/count; touch NODE/done
            undo: rm -f NODE/done
        verify: [detect]
        """

    private func with(_ body: (ApprovalSite) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            try await body(try ApprovalSite(sshd, runbooks: ["fix": Self.runbook]))
        }
    }

    /// Signs a run's approval for `person` with OpenSSH alone and hands it in.
    private func approve(
        _ site: ApprovalSite, _ run: String, _ plan: String, as person: String, key: String
    ) throws -> ApprovalSite.Result {
        let file = site.folder.path("statement-\(UInt64.random(in: 0 ... .max))")
        let written = try site.run(person, "approve", run, "--plan", plan, "--as", person, "--write", file)
        guard written.status == 0 else { return written }
        try Keygen.run(["-q", "-Y", "sign", "-n", "approval@runbook", "-f", site.folder.path(key), file])
        return try site.run(person, "approve", run, "--signed", file)
    }

    /// Whether the run still waits and has done nothing.
    private func stillWaits(_ site: ApprovalSite, _ run: String) throws -> Bool {
        try site.phase(of: run) == "waiting_approval" && site.node("count").isEmpty
    }

    @Test func oneKeyOfTwoPrincipalsIsOneApproval() async throws {
        try await with { site in
            let shared = try site.folder.read("keys/alice.pub")
            try site.folder.write(
                "inventory/allowed_signers", "alice,bob \(shared)bob \(try site.folder.read("keys/bob.pub"))")
            let (run, plan) = try site.waiting()
            #expect(try approve(site, run, plan, as: "alice", key: "keys/alice").status == 0)
            let second = try approve(site, run, plan, as: "bob", key: "keys/alice")
            #expect(second.status != 0 || second.output.contains("1 of 2 approvals is missing"), "\(second.output)")
            #expect(try stillWaits(site, run))
            // With his own key he is a second one.
            let third = try approve(site, run, plan, as: "bob", key: "keys/bob")
            #expect(third.status == 0, "\(third.output)\(third.error)")
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    @Test func twoKeysOfOnePersonAreOneApproval() async throws {
        try await with { site in
            try Keygen.generate(type: "ed25519", at: site.folder.path("keys/spare"))
            let signers = try site.folder.read("inventory/allowed_signers")
            try site.folder.write(
                "inventory/allowed_signers", signers + "alice \(try site.folder.read("keys/spare.pub"))")
            let (run, plan) = try site.waiting()
            #expect(try approve(site, run, plan, as: "alice", key: "keys/alice").status == 0)
            let second = try approve(site, run, plan, as: "alice", key: "keys/spare")
            #expect(second.status != 0 || second.output.contains("1 of 2 approvals is missing"), "\(second.output)")
            #expect(try stillWaits(site, run))
        }
    }

    @Test func aCertificateForTwoIsOneApproval() async throws {
        try await with { site in
            try Keygen.generate(type: "ed25519", at: site.folder.path("keys/ca"))
            try Keygen.generate(type: "ed25519", at: site.folder.path("keys/both"))
            try Keygen.run([
                "-q", "-s", site.folder.path("keys/ca"), "-I", "id", "-n", "alice,bob", "-V", "+1h",
                site.folder.path("keys/both.pub"),
            ])
            try site.folder.write(
                "inventory/allowed_signers",
                "* cert-authority \(try site.folder.read("keys/ca.pub"))bob \(try site.folder.read("keys/bob.pub"))")
            let (run, plan) = try site.waiting()
            let first = try approve(site, run, plan, as: "alice", key: "keys/both-cert.pub")
            #expect(first.status == 0, "\(first.output)\(first.error)")
            #expect(first.output.contains("1 of 2 approvals is missing"), "\(first.output)")
            let second = try approve(site, run, plan, as: "bob", key: "keys/both-cert.pub")
            #expect(second.status != 0 || second.output.contains("1 of 2 approvals is missing"), "\(second.output)")
            #expect(try stillWaits(site, run))
            // It names two, and carol is none of them.
            #expect(try approve(site, run, plan, as: "carol", key: "keys/both-cert.pub").status != 0)
            #expect(try approve(site, run, plan, as: "bob", key: "keys/bob").status == 0)
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    @Test(arguments: ["*", "al*,bo*", "*,!carol"])
    func aWildcardNamesNoApprover(principals: String) async throws {
        try await with { site in
            try site.folder.write(
                "inventory/allowed_signers", "\(principals) \(try site.folder.read("keys/alice.pub"))")
            let (run, plan) = try site.waiting()
            for person in ["alice", "bob"] {
                let given = try approve(site, run, plan, as: person, key: "keys/alice")
                #expect(given.status == 2, "\(given.output)\(given.error)")
                #expect(given.error.contains("to nobody"), "\(given.error)")
            }
            #expect(try stillWaits(site, run))
        }
    }

    /// Root by sudo is the person who called sudo, for the request and for the approval.
    @Test func whoAsksThroughSudoDoesNotApproveThroughSudo() async throws {
        try await with { site in
            try site.folder.write(
                "inventory/access.yaml",
                try site.folder.read("inventory/access.yaml")
                    .replacing("leads: [alice, bob]", with: "leads: [alice, bob, carol]"))
            let (run, plan) = try site.waiting("alice")
            for person in ["alice", "bob"] {
                // Whoever's login it is: what counts is whom the statement names and whose key signed it.
                let given = try site.run(
                    person, "approve", run, "--plan", plan, "--key", site.folder.path("keys/alice"), "--reason", "good")
                #expect(given.status == 2, "\(given.output)\(given.error)")
            }
            #expect(try site.approve("bob", run, plan).status == 0)
            #expect(try stillWaits(site, run))
            #expect(try site.approve("carol", run, plan).status == 0)
            #expect(try await site.ending(of: run).counts == ["remediated": 1])
        }
    }

    /// A key that is taken out of the file once its approval was given counts no more, and the quorum is not met by it.
    @Test func aKeyThatIsRevokedAfterItsApprovalCountsNoMore() async throws {
        try await with { site in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            let own = try site.folder.read("keys/alice.pub")
            let others = try site.folder.read("keys/bob.pub")
            try site.folder.write(
                "inventory/allowed_signers", "alice valid-before=\"20200101\" \(own)bob \(others)")
            let second = try site.approve("bob", run, plan)
            #expect(second.output.contains("1 of 2 approvals is missing, bob gave one"), "\(second.output)")
            #expect(try stillWaits(site, run))
        }
    }
}
