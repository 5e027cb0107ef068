import Model
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct WindowTests {
    /// A window that closes at a time of the site's clock.
    private struct ClosingGates: RunGates {
        let clock: SkippingClock
        let closes: Int
        var canApproveSteps: Bool { false }

        func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision { .granted(by: nil) }
        func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
            .refused("no", hint: nil)
        }
        func isOpen(_ window: WindowRequirement) async -> Bool { clock.wallTime() < closes }
        func state(of window: WindowRequirement) async -> WindowState {
            WindowState(isOpen: clock.wallTime() < closes, closes: closes)
        }
    }

    /// A step that takes a minute, by waiting for what is not there, and then mends.
    private static func runbook(_ onClose: WindowRequirement.OnClose, batch: Int = 1) -> Runbook {
        .test(
            steps: [
                .setting("first", to: "good") { $0.gate = .window },
                .of(
                    "a minute",
                    .wait(
                        WaitVerb(
                            probe: "is clock late", healthy: Matcher(exit: [0]), every: .seconds(10),
                            timeout: .seconds(60)))
                ) { $0.onFailure = .continue },
                .setting("state", to: "good") { $0.gate = .window },
            ],
            strategy: Strategy(batch: .count(batch), concurrency: batch, maxFailures: .count(10)),
            window: WindowRequirement(calendar: "night", onClose: onClose))
    }

    private func closing(_ site: inout Site, after seconds: Int) {
        site.gates = ClosingGates(clock: site.clock, closes: site.clock.wallTime() + seconds * 1000)
    }

    @Test func aWaveThatWouldOverrunIsNotStarted() async throws {
        var site = Site(4)
        closing(&site, after: 100)
        let state = try await site.apply(Self.runbook(.finishWave))
        // The first took a minute; the second would end after the window does.
        #expect(site.nodes.filter { $0.values["state"] == "good" }.count == 1, "\(state.counts)")
        #expect(state.counts[.notStarted] == 3)
        #expect(state.ending?.stopReason?.contains("Wave 2 is not started: it takes about") == true)
        #expect(state.isWhole)
    }

    @Test func aWaveInProgressIsFinished() async throws {
        var site = Site(2)
        closing(&site, after: 30)
        let state = try await site.apply(Self.runbook(.finishWave))
        #expect(site["n1"].values["state"] == "good")
        #expect(site["n2"].values["state"] == "bad")
        #expect(state.ending?.stopReason?.contains("night is closed") == true)
        #expect(state.end("n2") == .notStarted)
    }

    @Test func onlyTheStepInProgressIsFinished() async throws {
        var site = Site(1)
        closing(&site, after: 30)
        let state = try await site.apply(Self.runbook(.finishStep))
        #expect(site["n1"].values["first"] == "good")
        #expect(site["n1"].values["state"] == "bad")
        #expect(state.end("n1") == .cancelled)
    }

    @Test func whatWasChangedIsUndone() async throws {
        var site = Site(1)
        closing(&site, after: 30)
        let state = try await site.apply(Self.runbook(.rollback))
        #expect(site["n1"].values["first"] != "good")
        #expect(site["n1"].values["state"] == "bad")
        #expect(state.end("n1") == .rolledBack)
    }

    /// A run whose process was killed in its wave goes on when its window is over: what was begun is finished, nothing
    /// else is begun.
    @Test func whatWasBegunIsFinishedAfterTheWindow() async throws {
        for commit in 1...200 {
            var site = Site(2)
            closing(&site, after: 3600)
            let log = MemoryLog(break: .after(commit))
            if (try? await site.apply(Self.runbook(.finishWave, batch: 1), log: log)) != nil { break }
            site.gates = ClosingGates(clock: site.clock, closes: 0)
            let rest = MemoryLog(after: log)
            guard rest.runState.wave != nil else { continue }
            let begun = rest.runState.nodes.filter { !$0.value.steps.isEmpty }.map(\.key)
            let state = try await site.engine(rest).resume(
                site.request(Self.runbook(.finishWave, batch: 1)), past: site.past(rest))
            for name in ["n1", "n2"] {
                let expected = begun.contains(name) ? "good" : "bad"
                #expect(site[name].values["state"] == expected, "\(name), commit \(commit): \(state.text(name))")
                if !begun.contains(name) { #expect(state.end(name) == .notStarted) }
            }
            #expect(state.isWhole)
        }
    }

    @Test(arguments: [
        ([WaveRecord](), [WaveRecord](), 10, nil as Int?),
        ([], [WaveRecord(nodes: 5, milliseconds: 1000), WaveRecord(nodes: 5, milliseconds: 3000)], 5, 3000),
        // Two rounds of five.
        ([], [WaveRecord(nodes: 5, milliseconds: 3000)], 10, 6000),
        ([WaveRecord(nodes: 10, milliseconds: 8000)], [WaveRecord(nodes: 5, milliseconds: 3000)], 11, 12_000),
        // Of twenty the longest is left out.
        ((1...20).map { WaveRecord(nodes: 1, milliseconds: $0 * 1000) }, [], 1, 19_000),
    ])
    func aWaveIsJudgedByThoseBeforeIt(past: [WaveRecord], own: [WaveRecord], nodes: Int, expected: Int?) {
        #expect(WaveForecast(concurrency: 5, past: past, own: own).milliseconds(nodes: nodes) == expected)
    }
}
