import Model
import Testing

@testable import Journal

/// What is kept of approvals, and what may be used how often.
@Suite struct ApprovalTests {
    private static let plan = String(repeating: "ab", count: 32)
    private static let requirement = Approval(approvers: ["role:leads"], minimum: 2)

    private func gate(_ run: RunID = .test(1), _ name: String = "start", plan: String = plan) -> GateRecord {
        GateRecord(run: run, gate: name, plan: plan, requirement: Self.requirement, opened: 0)
    }

    private func approval(_ person: String, _ decision: ApprovalRecord.Decision = .approve) -> ApprovalRecord {
        ApprovalRecord(
            run: .test(1), gate: "start", plan: Self.plan, decision: decision, person: person, principal: person,
            key: "SHA256:\(person)", statement: "{\"approver\":\"\(person)\"}", signature: "sig", reason: "why",
            given: 5, expires: 9)
    }

    private func standing(_ id: String = "s1", limit: Int = 2) -> StandingRecord {
        StandingRecord(
            id: id, runbook: "rotate", person: "alice", principal: "alice", key: "SHA256:a", statement: "{}",
            signature: "sig", limit: limit, given: 1, expires: 1_900_000_000_000)
    }

    private func entry(_ action: AuditAction) -> AuditEntry { AuditEntry(actor: .tester, action: action) }

    private func use(_ journal: Journal, _ gate: GateRecord, standing: [String] = []) async throws {
        try await journal.use(gate, standing: standing, [entry(.approvalUsed)])
    }

    @Test func decisionsAreKeptWithTheirAuditRecord() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        try await journal.keep(approval("alice"), entry(.approvalGiven))
        try await journal.keep(approval("bob", .deny), entry(.approvalDenied))
        #expect(try await journal.approvals(ofPlan: Self.plan) == [approval("alice"), approval("bob", .deny)])
        #expect(try await journal.approvals(ofPlan: "cd").isEmpty)
        await #expect(throws: JournalError.self) {
            try await journal.keep(approval("alice"), entry(.approvalGiven))
        }
        #expect(try await journal.auditRecords(AuditFilter(action: .approvalGiven)).count == 1)
        #expect(try await journal.auditRecords(AuditFilter(action: .approvalDenied)).count == 1)
        #expect(try await journal.check().isSound)
    }

    @Test func anotherProcessMayDecideOnARunThatItDoesNotCarryOut() async throws {
        let fixture = try TestJournal()
        try await fixture.journal.begin(.test(1))
        let other = try fixture.reopened()
        try await other.keep(approval("alice"), entry(.approvalGiven))
        #expect(try await fixture.journal.approvals(ofPlan: Self.plan).map(\.person) == ["alice"])
        #expect(try await fixture.journal.site() == other.site())
        try await other.close()
    }

    @Test func aGateIsUsedOnce() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        try await journal.open(gate())
        try await use(journal, gate())
        #expect(try await journal.gates(of: .test(1)).first?.used != nil)
        // The process died before it went on: the next one may.
        try await use(journal, gate())
        // But not with another plan,
        await #expect(throws: JournalError.self) { try await use(journal, gate(plan: "cd")) }
        // and not once the run is past it.
        try await journal.append([.confirmed(by: .tester, planDigest: Self.plan)], run: .test(1))
        let error = await #expect(throws: JournalError.self) { try await use(journal, gate()) }
        #expect(error?.code == .alreadyUsed)
        #expect(try await journal.auditRecords(AuditFilter(action: .approvalUsed)).count == 2)
    }

    @Test func aStepsGateIsUsedOnce() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        let second = gate(.test(1), "step:second look")
        try await use(journal, second)
        let id = InvocationID(run: .test(1), target: 0, step: 1, attempt: 1)
        try await journal.append(
            [.stepEnded(node: "gpu01", .test(id, "second look", status: .unchanged))], run: .test(1))
        let error = await #expect(throws: JournalError.self) { try await use(journal, second) }
        #expect(error?.code == .alreadyUsed)
    }

    @Test func anOpenGateTakesTheNewestPlanUntilItIsUsed() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        try await journal.open(gate(plan: "old"))
        try await journal.open(gate())
        #expect(try await journal.gates(of: .test(1)).map(\.plan) == [Self.plan])
        try await use(journal, gate())
        try await journal.open(gate(plan: "later"))
        #expect(try await journal.gates(of: .test(1)).map(\.plan) == [Self.plan])
    }

    @Test func aStandingApprovalIsCountedRunByRun() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.keep(standing(limit: 2), entry(.standingGiven))
        for number in 1...3 { try await journal.begin(.test(number)) }
        try await use(journal, gate(.test(1)), standing: ["s1"])
        try await use(journal, gate(.test(1)), standing: ["s1"])
        #expect(try await journal.standings(of: "rotate").first?.uses == 1)
        try await use(journal, gate(.test(2)), standing: ["s1"])
        let error = await #expect(throws: JournalError.self) {
            try await use(journal, gate(.test(3)), standing: ["s1"])
        }
        #expect(error?.code == .alreadyUsed)
        // What failed has used nothing up.
        #expect(try await journal.gates(of: .test(3)).isEmpty)
        #expect(try await journal.standings(of: nil).first?.uses == 2)
        #expect(try await journal.standings(of: "other").isEmpty)
    }

    @Test func aRevokedOrExpiredStandingApprovalIsOfNoUse() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1))
        try await journal.keep(standing(), entry(.standingGiven))
        try await journal.revoke(standing: "s1", by: "bob", entry(.standingRevoked))
        #expect(try await journal.standings(of: nil).first?.revokedBy == "bob")
        await #expect(throws: JournalError.self) { try await use(journal, gate(), standing: ["s1"]) }
        await #expect(throws: JournalError.self) {
            try await journal.revoke(standing: "s1", by: "bob", entry(.standingRevoked))
        }
        try await journal.keep(standing("s2"), entry(.standingGiven))
        fixture.clock.advance(200_000_000_000)
        await #expect(throws: JournalError.self) { try await use(journal, gate(), standing: ["s2"]) }
        #expect(try await journal.auditRecords(AuditFilter(action: .standingRevoked)).count == 1)
    }

    @Test func aRunThatWaitsWaitsWithoutAProcessAndKeepsItsNodes() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        try await journal.begin(.test(1), nodes: ["gpu01"])
        try await journal.begin(.test(2), nodes: ["gpu01"])
        _ = try await journal.claim(node: "gpu01", run: .test(1))
        try await journal.append([.phaseChanged(.waitingApproval)], run: .test(1))
        try await journal.pool.write { db in
            try db.execute(
                sql: "UPDATE runs SET owner = 'here 1 1 gone' WHERE id = ?", arguments: [RunID.test(1).description])
            try db.execute(sql: "UPDATE leases SET owner = 'here 1 1 gone'")
        }
        #expect(try await !journal.isAttended(.test(1)))
        #expect(try await journal.isAttended(.test(2)))
        #expect(try await journal.run(named: RunID.test(1).description).phase == .waitingApproval)
        let error = await #expect(throws: JournalError.self) {
            try await journal.claim(node: "gpu01", run: .test(2))
        }
        #expect(error?.code == .nodeBusy(holder: .test(1)))
    }
}
