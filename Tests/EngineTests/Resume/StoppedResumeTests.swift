import Engine
import Model
import TestSupport
import Testing

/// Resumed runs that are told to stop before the nodes that were begun have their turn again.
@Suite struct StoppedResumeTests {
    /// A control that was told to stop so many times.
    private static func cancelled(_ times: Int) -> RunControl {
        let control = RunControl()
        for _ in 0..<times { control.cancel() }
        return control
    }

    /// `body` with a site, and the log of its run, for every commit at which the run's process may be killed.
    private static func killed(
        _ runbook: Runbook, nodes: Int, prepare: (Site) -> Void = { _ in },
        _ body: (Site, MemoryLog, String) async throws -> Void
    ) async throws {
        for isCommitted in [false, true] {
            for number in 2... {
                let site = Site(nodes)
                prepare(site)
                let log = MemoryLog(break: isCommitted ? .after(number) : .before(number))
                _ = try? await site.apply(runbook, log: log)
                if log.runState.ending != nil { break }
                try await body(site, log, "killed \(isCommitted ? "after" : "before") commit \(number)")
            }
        }
    }

    @Test(arguments: [1, 2])
    func aStepThatWasSentIsTakenUpWhereTheRunIsCancelledAtItsResume(times: Int) async throws {
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")], strategy: Strategy(concurrency: 1))
        var ends: Set<OutcomeClass> = []
        try await Self.killed(runbook, nodes: 2) { site, log, when in
            let counters = site.nodes.map(\.counters)
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(runbook), past: site.past(log), control: Self.cancelled(times))
            #expect(state.isWhole && state.inProgress.isEmpty, "\(when)")
            #expect(site.nodes.map(\.counters) == counters, "\(when)")
            for node in site.nodes {
                let expected: OutcomeClass =
                    node.counters["state"] == 1 ? .remediated : node.counters["a"] == 1 ? .cancelled : .notStarted
                #expect(state.end(node.name) == expected, "\(node.name) \(when): \(state.text(node.name))")
                let isOpen = state.nodes[node.name]?.openAttempt != nil
                #expect(!isOpen, "\(node.name) \(when)")
                ends.insert(expected)
            }
        }
        #expect(ends == [.remediated, .cancelled, .notStarted])
    }

    @Test func aStepThatFailedMeanwhileIsUndoneThoughTheRunIsCancelledAtItsResume() async throws {
        let runbook = Runbook.test(
            steps: [.setting("a", to: "1"), .run("break", "count breaks\nfail", undo: "count undone")])
        try await Self.killed(runbook, nodes: 1) { site, log, when in
            guard site["n1"].counters["breaks"] == 1 else { return }
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(runbook), past: site.past(log), control: Self.cancelled(1))
            #expect(state.end("n1") == .rolledBack, "\(when): \(state.text("n1"))")
            #expect(site["n1"].counters == ["a": 1, "breaks": 1, "undone": 1], "\(when)")
            #expect(site["n1"].values == ["state": "bad"], "\(when)")
        }
    }

    /// n1 fails, and more nodes are begun then than are worked on at one time.
    @Test func stepsThatWereSentAreTakenUpWhereNoFurtherFailureIsToleratedAtTheResume() async throws {
        let runbook = Runbook.test(
            steps: [
                .run("a", "has cursed\n&& exit 3\nset a 1\ncount a", capture: "keep a", undo: "restore a"),
                .setting("state", to: "good"),
            ],
            strategy: Strategy(order: .stepFirst, concurrency: 1), onFailure: .stop)
        var ends: Set<OutcomeClass> = []
        var wereOpen = 0
        try await Self.killed(runbook, nodes: 4, prepare: { $0["n1"].set("cursed", "yes") }) { site, log, when in
            let left = log.runState
            guard left.end("n1") == .failed else { return }
            if left.nodes.values.contains(where: { $0.openAttempt != nil }) { wereOpen += 1 }
            let counters = site.nodes.map(\.counters)
            let state = try await site.engine(MemoryLog(after: log)).resume(site.request(runbook), past: site.past(log))
            #expect(state.isWhole && state.inProgress.isEmpty, "\(when)")
            #expect(state.ending?.stopReason != nil, "\(when)")
            #expect(site.nodes.map(\.counters) == counters, "\(when)")
            for node in site.nodes.dropFirst() {
                let expected: OutcomeClass = node.counters["state"] == 1 ? .remediated : .cancelled
                #expect(state.end(node.name) == expected, "\(node.name) \(when): \(state.text(node.name))")
                let isOpen = state.nodes[node.name]?.openAttempt != nil
                #expect(!isOpen, "\(node.name) \(when)")
                ends.insert(expected)
            }
        }
        #expect(ends == [.remediated, .cancelled])
        #expect(wereOpen > 0)
    }

    @Test func aRebootThatWasNeverSentIsNotSentOnceTheRunIsCancelled() async throws {
        let runbook = Runbook.test(steps: [.setting("state", to: "good"), .of("reboot", .reboot(RebootVerb()))])
        try await Self.killed(runbook, nodes: 1) { site, log, when in
            let boots = site["n1"].boots
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(runbook), past: site.past(log), control: Self.cancelled(1))
            #expect(site["n1"].boots == boots, "\(when)")
            if boots > 1 { #expect(state.end("n1") == .remediated, "\(when): \(state.text("n1"))") }
        }
    }

    @Test func anUndoThatWasSentIsTakenUpWhereTheRollbackIsCancelledAtItsResume() async throws {
        let runbook = Runbook.test(steps: [.setting("level", to: "9"), .setting("state", to: "good")])
        let second = RunID(random: 3, 4)
        var seen: Set<Bool> = []
        for number in 2... {
            let site = Site()
            let log = MemoryLog()
            _ = try await site.apply(runbook, log: log)
            var request = site.request(runbook, kind: .rollback, run: second)
            request.header.parent = Site.run
            let own = MemoryLog(break: .after(number))
            _ = try? await site.engine(own).rollback(request, past: site.past(log), later: [])
            if own.runState.ending != nil { break }
            let isBegun = own.runState.nodes["n1"]?.steps.values.contains { !$0.attempts.isEmpty } ?? false
            let state = try await site.engine(MemoryLog(after: own)).resume(
                request, past: site.past(own), undone: site.past(log), control: Self.cancelled(1))
            let expected: [OutcomeClass?] = isBegun ? [.rolledBack, .healthy] : [.notStarted]
            #expect(expected.contains(state.end("n1")), "killed at commit \(number): \(state.text("n1"))")
            #expect((site["n1"].values == ["state": "bad"]) == isBegun, "killed at commit \(number)")
            seen.insert(isBegun)
        }
        #expect(seen.count == 2)
    }

    @Test func whatWasDoneOnceStaysWhereTheRollbackIsCancelledBeforeANodeHadItsTurn() async throws {
        let once = Step.run("share", "set shared yes", capture: "keep shared", undo: "restore shared\ncount unshared") {
            $0.runOnce = true
            $0.on = .controller
        }
        let runbook = Runbook.test(steps: [once, .setting("state", to: "good")])
        var wereLeft = 0
        for number in 2... {
            let site = Site(2)
            let log = MemoryLog()
            _ = try await site.apply(runbook, log: log)
            var request = site.request(runbook, kind: .rollback, run: RunID(random: 3, 4), fanout: 1)
            request.header.parent = Site.run
            let own = MemoryLog(break: .after(number))
            _ = try? await site.engine(own).rollback(request, past: site.past(log), later: [])
            if own.runState.ending != nil { break }
            let state = try await site.engine(MemoryLog(after: own)).resume(
                request, past: site.past(own), undone: site.past(log), control: Self.cancelled(1))
            guard site.nodes.contains(where: { $0.values["state"] == "good" }) else { continue }
            wereLeft += 1
            #expect(state.isWhole && state.inProgress.isEmpty, "killed at commit \(number)")
            #expect(site.controller.counters["unshared"] == nil, "killed at commit \(number)")
        }
        #expect(wereLeft > 1)
    }
}
