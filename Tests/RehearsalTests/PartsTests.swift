import Controller
import Model
import Synchronization
import Testing

@testable import Rehearsal

/// Which faults are played, in which parts, and what their reports come to.
@Suite struct PartsTests {
    private let fixture: RunbooksFixture

    init() throws { fixture = try RunbooksFixture() }

    private func faults(_ count: Int) -> [String] { (1...count).map { RunbooksFixture.broken("fault-\($0)") } }

    private func ids(_ count: Int) -> [String] { (1...count).map { "fault-\($0)" } }

    private func report(_ fault: String, held: Bool) -> FaultReport {
        FaultReport(
            runbook: RunbooksFixture.name, fault: fault, checks: [CheckResult(.healthy, held ? .held : .broken)],
            standIns: [], milliseconds: 0)
    }

    // MARK: Parts

    @Test(arguments: [1, 3, 8, 20])
    func theFaultsOfOneRunbookAreSharedOutAmongTheJobs(jobs: Int) throws {
        try fixture.write(faults: faults(8))
        let parts = try fixture.rehearsal(jobs: jobs).parts
        #expect(parts.count == min(jobs, 8))
        #expect(parts.flatMap { $0.faults.map(\.id) }.sorted() == ids(8))
    }

    @Test func theManyFaultsOfOneOfSeveralRunbooksAreShared() throws {
        try fixture.write(faults: faults(20))
        try fixture.write("mend-other", faults: [RunbooksFixture.broken("lonely")])
        let rehearsal = try fixture.rehearsal()
        #expect(rehearsal.count == 21)
        let many = rehearsal.parts.filter { $0.runbook.name == RunbooksFixture.name }
        #expect(many.map(\.faults.count) == [7, 7, 6])
        #expect(Set(many.flatMap { $0.faults.map(\.id) }) == Set(ids(20)))
    }

    @Test func theControllerIsKilledAndAnotherRemedyTriedForOneFaultOfARunbook() throws {
        try fixture.write(faults: [RunbooksFixture.hopeless] + faults(3))
        let parts = try fixture.rehearsal(jobs: 4).parts
        #expect(parts.allSatisfy { $0.killed == ["fault-1"] && $0.wronglyMended == ["fault-1"] })
        let thorough = try fixture.rehearsal(isThorough: true).parts
        #expect(thorough.allSatisfy { $0.killed == Set(ids(3)) && $0.wronglyMended == Set(ids(3)) })
    }

    @Test func aFaultThatThereIsNotIsAnError() throws {
        try fixture.write(faults: faults(2))
        #expect(try fixture.rehearsal(faults: ["fault-2"]).parts.flatMap { $0.faults.map(\.id) } == ["fault-2"])
        #expect(throws: RequestError.self) { try fixture.rehearsal(faults: ["fault-2", "fault-3"]) }
    }

    @Test func aRunbookWithoutFaultsIsToldOfOrRefusedWhereItIsNamed() throws {
        try fixture.write(faults: faults(1))
        try fixture.writeUntested("untested")
        #expect(try fixture.rehearsal().withoutFaults == ["untested"])
        #expect(throws: RequestError.self) { try fixture.rehearsal([RunbooksFixture.name, "untested"]) }
    }

    @Test func causesThatNoFaultShowsAreToldOf() throws {
        try fixture.write(faults: faults(1))
        #expect(try fixture.rehearsal().untried == [RunbooksFixture.name: ["hopeless", "other"]])
    }

    // MARK: What is green

    @Test func nothingThatWasPlayedIsNotHeld() throws {
        try fixture.writeUntested("untested")
        let nothing = try fixture.rehearsal()
        #expect(nothing.count == 0)
        #expect(!nothing.isHeld(by: []))
    }

    @Test func everyFaultHasToHaveAReportThatHolds() throws {
        try fixture.write(faults: faults(2))
        let rehearsal = try fixture.rehearsal()
        #expect(rehearsal.isHeld(by: ids(2).map { report($0, held: true) }))
        #expect(!rehearsal.isHeld(by: [report("fault-1", held: true)]))
        #expect(!rehearsal.isHeld(by: ids(2).map { report($0, held: $0 == "fault-1") }))
    }

    @Test func aFaultOfWhichNothingWasHeldDoesNotHold() {
        func held(_ statuses: [CheckResult.Status]) -> Bool {
            let checks = statuses.map { CheckResult(.healthy, $0) }
            return FaultReport(runbook: "x", fault: "y", checks: checks, standIns: [], milliseconds: 0).held
        }
        #expect(held([.held, .skipped]))
        #expect(!held([]))
        #expect(!held([.skipped]))
        #expect(!held([.held, .broken]))
        #expect(!held([.held, .notReached]))
    }

    // MARK: Once more

    /// What is going on.
    private final class Played: Sendable {
        private let state = Mutex((running: [String](), beside: [String: Int](), order: [String]()))

        func begin(_ ids: [String]) {
            state.withLock { state in
                state.running += ids
                state.order += ids
                for id in state.running { state.beside[id] = max(state.beside[id] ?? 0, state.running.count) }
            }
        }

        func end(_ ids: [String]) { state.withLock { state in state.running.removeAll { ids.contains($0) } } }

        var order: [String] { state.withLock { $0.order } }

        /// How many went on at the same time as this one, itself counted.
        func beside(_ id: String) -> Int { state.withLock { $0.beside[id] ?? 0 } }
    }

    @Test func whatIsToBePlayedAloneIsPlayedAfterAllOthersAndAlone() async throws {
        try fixture.write(
            faults: [RunbooksFixture.broken("first", "    alone: true")] + faults(4) + [
                RunbooksFixture.broken("last", "    alone: true")
            ])
        try fixture.write("mend-other", faults: [RunbooksFixture.broken("other", "    alone: true")])
        let rehearsal = try fixture.rehearsal(jobs: 4)
        let played = Played()
        let reports = try await rehearsal.run(
            playing: { part, _, _ in
                var reports: [FaultReport] = []
                for fault in part.faults {
                    played.begin([fault.id])
                    try await Task.sleep(for: .milliseconds(20))
                    played.end([fault.id])
                    reports.append(report(fault.id, held: true))
                }
                return reports
            }, { _ in })
        #expect(rehearsal.isHeld(by: reports))
        #expect(Set(played.order.prefix(4)) == Set(ids(4)))
        for id in ["first", "last", "other"] { #expect(played.beside(id) == 1, "\(id)") }
    }

    private struct NoLab: Error {}

    @Test func whatDidNotHoldIsTriedOnceMoreAlone() async throws {
        try fixture.write(faults: faults(3))
        let rehearsal = try fixture.rehearsal(triesAgain: true)
        let reports = try await rehearsal.run(
            playing: { part, isTriedAgain, _ in
                if !isTriedAgain { #expect(part.faults.map(\.id) == ["fault-2"]) }
                return part.faults.map { report($0.id, held: !isTriedAgain || $0.id != "fault-2") }
            }, { _ in })
        #expect(reports.map(\.fault).sorted() == ids(3))
        #expect(reports.filter(\.isSecond).map(\.fault) == ["fault-2"])
        #expect(rehearsal.isHeld(by: reports))
    }

    @Test func whatDoesNotHoldTheSecondTimeEitherIsNotHeld() async throws {
        try fixture.write(faults: faults(3))
        let rehearsal = try fixture.rehearsal(triesAgain: true)
        let reports = try await rehearsal.run(
            playing: { part, _, _ in part.faults.map { report($0.id, held: $0.id != "fault-2") } }, { _ in })
        #expect(reports.map(\.fault).sorted() == ids(3))
        #expect(reports.filter { !$0.held }.map(\.fault) == ["fault-2"])
        #expect(!rehearsal.isHeld(by: reports))
    }

    @Test func whatWasNotReachedIsTriedOnceMoreToo() async throws {
        try fixture.write(faults: faults(3))
        let rehearsal = try fixture.rehearsal(jobs: 3, triesAgain: true)
        let reports = try await rehearsal.run(
            playing: { part, isTriedAgain, _ in
                if isTriedAgain, part.faults.contains(where: { $0.id == "fault-3" }) { throw NoLab() }
                return part.faults.map { report($0.id, held: true) }
            }, { _ in })
        #expect(reports.filter(\.isSecond).map(\.fault) == ["fault-3"])
        #expect(rehearsal.isHeld(by: reports))
    }

    @Test(arguments: [true, false])
    func aLabThatFailsTheLastTimeIsAnError(triesAgain: Bool) async throws {
        try fixture.write(faults: faults(1))
        let rehearsal = try fixture.rehearsal(triesAgain: triesAgain)
        await #expect(throws: NoLab.self) { try await rehearsal.run(playing: { _, _, _ in throw NoLab() }, { _ in }) }
    }

    @Test func aPartThatEndsBeforeItsLastFaultIsNotHeld() async throws {
        try fixture.write(faults: faults(2))
        let rehearsal = try fixture.rehearsal()
        let reports = try await rehearsal.run(playing: { _, _, _ in [report("fault-1", held: true)] }, { _ in })
        #expect(!rehearsal.isHeld(by: reports))
    }
}
