import Engine
import Model
import TestSupport
import Testing

/// Steps that are done once for the run, where the run is gone on with and another target comes to them first.
@Suite struct SharedStepResumeTests {
    private static func share(_ script: String = "count shared\nset shared yes", attempts: Int = 1) -> Step {
        Step.run("share", script, capture: "keep shared", undo: "restore shared") {
            $0.runOnce = true
            $0.on = .controller
            $0.retries = Retries(attempts: attempts)
        }
    }

    private static func runbook(_ share: Step) -> Runbook {
        .test(
            steps: [share, .setting("state", to: "good")],
            strategy: Strategy(concurrency: 1, maxFailures: .count(4)), onFailure: .stop)
    }

    /// Where n1 began the step and its process was killed at any commit, n2 has its turn first.
    private static func resumed(
        _ runbook: Runbook, prepare: (Site) -> Void = { _ in }, _ check: (Site, RunState, String) -> Void
    ) async throws {
        for isCommitted in [false, true] {
            for number in 2... {
                let site = Site(2)
                prepare(site)
                let log = MemoryLog(break: isCommitted ? .after(number) : .before(number))
                _ = try? await site.apply(runbook, log: log)
                if log.runState.ending != nil { break }
                var past = site.past(log)
                past.plan?.waves = [["n2", "n1"]]
                let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: past)
                check(site, state, "killed \(isCommitted ? "after" : "before") commit \(number)")
            }
        }
    }

    @Test func theOneThatBeganItGoesOnWithItForAll() async throws {
        try await Self.resumed(Self.runbook(Self.share())) { site, state, when in
            #expect(state.counts == [.remediated: 2], "\(when)")
            #expect(site.controller.counters == ["shared": 1], "\(when)")
        }
    }

    @Test func whatNobodyCanTellOfItIsSoForAll() async throws {
        var wereUnknown = 0
        try await Self.resumed(
            Self.runbook(Self.share()), prepare: { $0.controller.add(FakeFault(.lostForEver, at: .step(0))) }
        ) { site, state, when in
            #expect(site.controller.counters["shared"] ?? 0 <= 1, "\(when)")
            #expect(site.controller.starts.count <= 1, "\(when)")
            if state.counts == [.unknown: 2] { wereUnknown += 1 }
        }
        #expect(wereUnknown > 1)
    }

    /// n2 had no time to say what it makes of that, and n1 did the step meanwhile.
    @Test func oneThatCouldNotBeginItDoesNotDoItAfterAnother() async throws {
        let runbook = Self.runbook(Self.share())
        var wereDone = 0
        for number in 2... {
            let site = Site(2)
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { break }
            guard log.runState.nodes["n1"]?.steps[0]?.ending?.status == .changed,
                log.runState.nodes["n2"]?.steps.isEmpty == true
            else { continue }
            wereDone += 1
            let left = MemoryLog(after: log)
            let id = InvocationID(run: Site.run, target: 1, step: 0, attempt: 1)
            let ending = StepEnding(
                id: id, name: "share", purpose: .apply, status: .failed, outcome: .notStarted(reason: "no session"),
                text: "no session")
            try await left.append([.stepEnded(node: "n2", ending)], run: Site.run)
            _ = try await site.engine(left).resume(site.request(runbook), past: site.past(left))
            #expect(site.controller.counters == ["shared": 1], "killed after commit \(number)")
        }
        #expect(wereDone > 0)
    }

    @Test func itFailsAsOftenAsItMayBeTried() async throws {
        try await Self.resumed(Self.runbook(Self.share("count shared\nfail", attempts: 3))) { site, state, when in
            #expect(state.counts == [.failed: 2], "\(when)")
            #expect(site.controller.counters == ["shared": 3], "\(when)")
        }
    }
}
