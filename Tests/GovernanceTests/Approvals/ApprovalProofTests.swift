import Foundation
import Governance
import Model
import Testing

/// Statements that are altered, replayed or somebody else's.
@Suite struct ApprovalProofTests {
    private static let run = RunID(random: 1, 2)
    private static let now = 1_781_524_800_000
    private static let plan = String(repeating: "ab", count: 32)

    private func statement(_ change: (inout ApprovalStatement) -> Void = { _ in }) throws -> String {
        var statement = try ApprovalStatement(
            site: "site-1", run: Self.run, gate: "start", plan: Self.plan, decision: .approve, approver: "alice",
            reason: "looks good", given: Self.now - 1000, expires: Self.now + 3_600_000)
        change(&statement)
        return statement.canonical
    }

    private func proof(_ ring: KeyRing, _ signers: String? = nil, people: People = People(nil)) throws -> ApprovalProof
    {
        ApprovalProof(
            site: "site-1",
            signers: try AllowedSigners(
                signers ?? "alice \(try ring.line("k"))\nbob \(try ring.line("b"))\n", timeZone: .gmt),
            people: people)
    }

    private func check(
        _ proof: ApprovalProof, _ text: String, _ signature: String, now: Int = now
    ) throws -> ProvenApproval {
        try proof.check(
            text, signature: signature, run: Self.run, gate: "start", plan: Self.plan, now: now
        ).proven
    }

    private func ring() throws -> KeyRing { try KeyRing(["k": "ed25519", "b": "ed25519"]) }

    @Test func aStatementIsProvenAsItWasSigned() async throws {
        let ring = try ring()
        let text = try statement()
        #expect(
            text
                == #"{"approver":"alice","decision":"approve","expires":1781528400000,"gate":"start","given":1781524799000,"plan":"\#(Self.plan)","reason":"looks good","run":"00000000000000010000000000000002","site":"site-1","type":"approval","v":1}"#
        )
        let proven = try check(try proof(ring), text, try await ring.sign(text, "k", namespace: "approval@runbook"))
        #expect(proven.person == "alice")
        #expect(proven.expires == Self.now + 3_600_000)
    }

    @Test func everyAlteredFieldIsNoticed() async throws {
        let ring = try ring()
        let signature = try await ring.sign(try statement(), "k", namespace: "approval@runbook")
        let alterations: [(inout ApprovalStatement) -> Void] = [
            { $0.site = "site-2" }, { $0.run = "00000000000000010000000000000003" }, { $0.gate = "step:x" },
            { $0.plan = "cd" }, { $0.decision = "deny" }, { $0.approver = "bob" }, { $0.reason = "looks better" },
            { $0.given += 1 }, { $0.expires += 1 }, { $0.type = "standing" }, { $0.v = 2 },
        ]
        for change in alterations {
            let text = try statement(change)
            #expect(throws: GovernanceError.self, "\(text)") { try check(try proof(ring), text, signature) }
        }
    }

    @Test func aSignedStatementOfAnotherPlaceNamesTheField() async throws {
        let ring = try ring()
        let cases: [(String, (inout ApprovalStatement) -> Void)] = [
            ("'site'", { $0.site = "site-2" }), ("'run'", { $0.run = "00000000000000010000000000000003" }),
            ("'gate'", { $0.gate = "step:second look" }), ("'plan'", { $0.plan = "cd" }),
            ("'decision'", { $0.decision = "maybe" }), ("not of 'bob'", { $0.approver = "bob" }),
            ("no approval", { $0.type = "standing" }), ("has expired", { $0.expires = Self.now }),
            ("'given' lies ahead", { $0.given = Self.now + 600_000 }),
            ("control characters", { $0.reason = "a\u{1B}[2Jb" }), ("control characters", { $0.reason = "a\u{202E}b" }),
        ]
        for (part, change) in cases {
            let text = try statement(change)
            let signature = try await ring.sign(text, "k", namespace: "approval@runbook")
            let error = #expect(throws: GovernanceError.self) { try check(try proof(ring), text, signature) }
            #expect(error?.message.contains(part) == true, "\(String(describing: error)) \(part)")
        }
    }

    @Test func onlyTheCanonicalFormIsAStatement() async throws {
        let ring = try ring()
        let good = try statement()
        for text in [
            " " + good, good + "\n", good.replacing("{\"approver\"", with: "{ \"approver\""),
            good.replacing("\"v\":1}", with: "\"v\":1,\"x\":1}"),
            good.replacing("\"reason\":\"looks good\"", with: "\"reason\":\"x\",\"reason\":\"looks good\""),
        ] {
            let signature = try await ring.sign(text, "k", namespace: "approval@runbook")
            let error = #expect(throws: GovernanceError.self, "\(text)") {
                try check(try proof(ring), text, signature)
            }
            #expect(error?.code == .malformed)
        }
    }

    @Test func aKeyThatIsTakenAwayAfterwardsProvesNothing() async throws {
        let ring = try ring()
        let text = try statement()
        let signature = try await ring.sign(text, "k", namespace: "approval@runbook")
        _ = try check(try proof(ring), text, signature)
        let bob = "bob \(try ring.line("b"))\n"
        #expect(throws: GovernanceError.self) { try check(try proof(ring, bob), text, signature) }
        let ended = "alice valid-before=\"20260601\" \(try ring.line("k"))\n"
        #expect(throws: GovernanceError.self) { try check(try proof(ring, ended), text, signature) }
        let elsewhere = "alice namespaces=\"git\" \(try ring.line("k"))\n"
        #expect(throws: GovernanceError.self) { try check(try proof(ring, elsewhere), text, signature) }
    }

    @Test func aStandingApprovalIsNoApprovalAndTheOtherWayRound() async throws {
        let ring = try ring()
        let text = try statement()
        let signature = try await ring.sign(text, "k", namespace: "standing@runbook")
        #expect(throws: GovernanceError.self) { try check(try proof(ring), text, signature) }
        let standing = try StandingStatement(
            site: "site-1", id: "1",
            scope: StandingScope(runbook: "r", version: 1, source: "s", nodes: "n1", parameters: [:], count: 1),
            approver: "alice", reason: "", given: Self.now, expires: Self.now + 1000)
        let wrong = try await ring.sign(standing.canonical, "k", namespace: "approval@runbook")
        let checker = try proof(ring)
        #expect(throws: GovernanceError.self) {
            try checker.checkStanding(standing.canonical, signature: wrong, now: Self.now)
        }
        let right = try await ring.sign(standing.canonical, "k", namespace: "standing@runbook")
        #expect(
            try checker.checkStanding(standing.canonical, signature: right, now: Self.now).proven.standing == "1")
    }
}
