import Rehearsal
import Testing

@testable import runbook

/// The result of a test, as a person reads it.
@Suite struct TableTests {
    private func report(_ fault: String, _ broken: ProtocolStep?, isSecond: Bool = false) -> FaultReport {
        var isReached = true
        let checks = ProtocolStep.allCases.map { step -> CheckResult in
            defer { if step == broken { isReached = false } }
            if !isReached { return CheckResult(step, .notReached) }
            if step == broken {
                return CheckResult(step, .broken, text: "it changed\nsomething", evidence: ["\u{1B}[2J/etc/thing"])
            }
            return CheckResult(step, step == .killed ? .skipped : .held)
        }
        var report = FaultReport(
            runbook: RunbooksFixture.name, fault: fault, checks: checks, standIns: [], milliseconds: 0)
        report.isSecond = isSecond
        return report
    }

    private func lines(_ reports: [FaultReport]) throws -> [String] {
        let fixture = try RunbooksFixture()
        try fixture.write(faults: ["fault-1", "fault-2"].map { RunbooksFixture.broken($0) })
        try fixture.writeUntested("untested")
        let style = Style(.never, isTerminal: false, environment: [:])
        return RehearsalText(style: style).table(reports, of: try fixture.rehearsal())
    }

    private func cells(_ line: String?) -> [String] { (line ?? "").split(separator: " ").map(String.init) }

    @Test func aRowSaysWhatBecameOfEachStep() throws {
        let lines = try lines([report("fault-1", nil), report("fault-2", .repeated)])
        let good = cells(lines.first { $0.contains("fault-1") })
        #expect(good.dropFirst(2).prefix(11) == ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "-", "ok", "ok"])
        let bad = cells(lines.first { $0.contains("fault-2") && $0.contains("BROKEN") })
        #expect(bad.dropFirst(2).prefix(11) == ["ok", "ok", "ok", "ok", "ok", "ok", "BROKEN", "?", "?", "?", "?"])
        #expect(lines.last == "1 of 2 faults held.")
    }

    @Test func whatDidNotHoldIsShownWithWhatShowsItInOneLineEach() throws {
        let lines = try lines([report("fault-2", .applied)])
        let headline = try #require(lines.firstIndex { $0.hasPrefix("mend-thing fault-2: apply: it changed") })
        #expect(lines[headline].contains("something"))
        #expect(lines[headline + 1].hasPrefix("    | "))
        #expect(lines[headline + 1].hasSuffix("/etc/thing"))
        #expect(lines.allSatisfy { !$0.contains("\u{1B}") })
    }

    @Test func whatWasNotPlayedIsCountedAsNotHeld() throws {
        #expect(try lines([report("fault-1", nil)]).last == "1 of 2 faults held.")
        #expect(try lines([]).last == "0 of 2 faults held.")
    }

    @Test func whatHeldOnlyTheSecondTimeAndWhatNoFaultShowsIsSaid() throws {
        let lines = try lines([report("fault-1", nil), report("fault-2", nil, isSecond: true)])
        #expect(lines.contains("mend-thing fault-2: held only when it was tried again, by itself"))
        #expect(lines.contains("mend-thing: no fault shows hopeless, other"))
        #expect(lines.contains("Without faults: untested"))
    }
}
