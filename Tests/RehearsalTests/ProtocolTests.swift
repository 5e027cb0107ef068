import Catalog
import Model
import Testing

@testable import Rehearsal

/// The protocol of a fault, against a node and a program in memory.
@Suite struct ProtocolTests {
    private let fixture: RunbooksFixture

    init() throws { fixture = try RunbooksFixture() }

    /// Plays the scene's fault.
    private func play(
        _ scene: Scene = .reversible, _ lapse: Lapse? = nil, wantsKill: Bool = true,
        declaring notRestored: String? = nil,
        healthyBefore: String? = nil
    ) async throws -> (report: FaultReport, site: FakeSite) {
        let declared = notRestored ?? (scene == .irreversible ? "[/var/lib/thing/token]" : "[]")
        try fixture.write(
            secondStep: scene == .irreversible ? "irreversible: true" : "undo: thing --old-token",
            otherStep: scene == .irreversibleElsewhere ? "irreversible: true" : "undo: thing --no-other",
            faults: [
                RunbooksFixture.broken("broken", "    not_restored: \(declared)"), RunbooksFixture.hopeless,
                RunbooksFixture.partly, RunbooksFixture.covering,
            ])
        let loader = RunbookLoader(paths: [fixture.path])
        let plan = try #require(try loader.faults(of: RunbooksFixture.name))
        let fault = try #require(plan.faults.first { $0.id == scene.fault })
        let site = try FakeSite(fixture, lapse)
        let rehearsal = FaultRehearsal(
            fault: fault, plan: plan, runbook: try loader.load(RunbooksFixture.name), lab: site, program: site,
            wantsKill: wantsKill, wantsWrongRemedy: true, isThorough: false, healthyBefore: { _ in healthyBefore },
            observe: { _ in })
        return (try await rehearsal.run(), site)
    }

    private func statuses(_ report: FaultReport) -> [ProtocolStep: CheckResult.Status] {
        report.checks.reduce(into: [:]) { $0[$1.step] = $1.status }
    }

    private func broken(_ report: FaultReport) -> [ProtocolStep] {
        report.checks.filter { $0.status == .broken }.map(\.step)
    }

    @Test(arguments: Lapse.allCases)
    func whatIsDoneWrongIsSeenAtItsStepAndShown(lapse: Lapse) async throws {
        let (report, _) = try await play(lapse.scene, lapse)
        #expect(broken(report) == [lapse.step])
        #expect(!report.held)
        let shown = report.checks.filter { $0.status == .broken }.flatMap { [$0.text] + $0.evidence }
        #expect(shown.contains { $0.contains(lapse.sign) }, "\(shown)")
    }

    @Test(arguments: [Scene.reversible, .irreversible, .irreversibleElsewhere])
    func whatBehavesHoldsEveryStep(scene: Scene) async throws {
        let (report, _) = try await play(scene)
        #expect(report.checks.map(\.step) == ProtocolStep.allCases)
        #expect(report.checks.filter { $0.status != .held } == [])
        #expect(report.held)
    }

    @Test func adviceIsHeldWithoutWhatNeedsAChange() async throws {
        let (report, _) = try await play(.advised)
        let skipped = report.checks.filter { $0.status == .skipped }.map(\.step)
        #expect(skipped == [.unconfirmed, .rolledBack, .killed, .wrongRemedy])
        #expect(report.held)
    }

    @Test(arguments: [Scene.partlyAdvised, .covering])
    func whatStandsAfterAMendIsToldTheSecondTime(scene: Scene) async throws {
        let (report, _) = try await play(scene)
        #expect(report.checks.filter { $0.status == .skipped }.map(\.step) == [.wrongRemedy])
        #expect(report.held)
    }

    @Test func afterAVitalStepThatDoesNotHoldNothingIsTried() async throws {
        let (report, _) = try await play(.reversible, .injectsNothing)
        #expect(report.checks.map(\.step) == ProtocolStep.allCases)
        #expect(report.checks.dropFirst(2).allSatisfy { $0.status == .notReached })
    }

    @Test func anApplyThatNobodyConfirmsDoesForTheDryRunToo() async throws {
        let (report, _) = try await play(wantsKill: false)
        #expect(report.held)
        #expect(statuses(report)[.dryRun] == .held)
        #expect(statuses(report)[.unconfirmed] == .held)
        #expect(statuses(report)[.killed] == .skipped)
    }

    @Test(arguments: [(Lapse.isNotRefused, ProtocolStep.unconfirmed), (.changesBeforeItAsks, .dryRun)])
    func anApplyThatDoesForTheDryRunIsHeldToBoth(lapse: Lapse, step: ProtocolStep) async throws {
        let (report, _) = try await play(.reversible, lapse, wantsKill: false)
        #expect(broken(report) == [step])
    }

    @Test func aNodeThatWasFoundHealthyAsNewIsNotAskedAgain() async throws {
        let (report, _) = try await play(healthyBefore: "the-first")
        let check = try #require(report.checks.first)
        #expect(check.status == .skipped)
        #expect(check.text.contains("the-first"))
        #expect(report.held)
    }

    // MARK: What can't be undone

    @Test func theFaultIsMadeAnewOnlyWhereSomethingCantBeUndone() async throws {
        #expect(try await play(.reversible).site.resets == 0)
        // After the rollback, and after both runs that were killed behind a first step.
        #expect(try await play(.irreversible).site.resets == 3)
    }

    @Test func whatAnIrreversibleStepLeavesHasToBeDeclared() async throws {
        let (report, _) = try await play(.irreversible, declaring: "[]")
        #expect(broken(report) == [.rolledBack])
        let evidence = report.checks.flatMap(\.evidence)
        #expect(evidence == ["node01 path:/var/lib/thing/token: 1 → 2"])
    }

    @Test func aDeclarationExceptsNothingWhereEveryStepWasUndone() async throws {
        let (report, _) = try await play(.reversible, .rollbackLeavesAPath, declaring: "[/var/lib/thing]")
        #expect(broken(report) == [.rolledBack])
        #expect(report.checks.flatMap(\.evidence) == ["node01 path:/var/lib/thing/left: not there → 1"])
    }

    @Test func aDeclarationThatNoStepNeedsIsAnError() async throws {
        let (report, _) = try await play(.reversible, declaring: "[/var/lib/thing/token]")
        #expect(broken(report) == [.rolledBack])
        #expect(report.checks.flatMap(\.evidence) == ["path:/var/lib/thing/token"])
    }
}
