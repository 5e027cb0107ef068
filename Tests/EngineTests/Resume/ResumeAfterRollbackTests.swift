import Engine
import Model
import TestSupport
import Testing

/// Runs that are gone on with after a rollback of them.
@Suite struct ResumeAfterRollbackTests {
    private static let rollback = RunID(random: 3, 4)

    /// Its second step fails until the node is ready, and the node is held.
    private static let held = Runbook.test(
        steps: [.setting("a", to: "1"), .run("mend", "has ready\n|| exit 1\nset state good", undo: "print x")],
        strategy: Strategy(maxFailures: .count(9)), onFailure: .ask)

    /// Undoes the run of `log` on `nodes`.
    private func undo(_ site: Site, _ runbook: Runbook, _ log: MemoryLog, on nodes: [String]) async throws -> RunState {
        var request = site.request(runbook, kind: .rollback, run: Self.rollback, targets: nodes)
        request.header.parent = Site.run
        return try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [])
    }

    private func resume(
        _ site: Site, _ runbook: Runbook, _ log: MemoryLog, touched: [String], by undone: RunState
    ) async throws -> RunState {
        let later = touched.map {
            LaterRun(
                node: $0, run: Self.rollback, kind: .rollback, runbook: "test", parent: Site.run, time: 1)
        }
        return try await site.engine(MemoryLog(after: log)).resume(
            site.request(runbook), past: site.past(log), later: later, rollbacks: [undone])
    }

    @Test func nodesThatARollbackHasTouchedAreLeftOut() async throws {
        let site = Site(2)
        let log = MemoryLog()
        _ = try await site.apply(Self.held, log: log)
        let undone = try await undo(site, Self.held, log, on: ["n1"])
        #expect(undone.end("n1") == .rolledBack)
        for node in site.nodes { node.set("ready", "yes") }
        let counters = site["n1"].counters
        let state = try await resume(site, Self.held, log, touched: ["n1"], by: undone)
        #expect(state.counts == [.skipped: 1, .remediated: 1])
        #expect(state.end("n2") == .remediated)
        #expect(state.text("n1").contains("Rollback \(Self.rollback.short) has undone"))
        let next = "runbook apply test --from-run \(Self.rollback.short) --state rolled_back"
        #expect(state.nodes["n1"]?.outcome?.hint?.contains(next) == true)
        #expect(state.ending?.exitStatus == 1)
        #expect(site["n1"].counters == counters)
        #expect(site["n1"].values == ["state": "bad", "ready": "yes"])
    }

    @Test func aRunIsRefusedWhereARollbackHasTouchedAllThatIsLeftOfIt() async throws {
        let site = Site(2)
        let log = MemoryLog()
        _ = try await site.apply(Self.held, log: log)
        let undone = try await undo(site, Self.held, log, on: ["n1", "n2"])
        #expect(undone.counts == [.rolledBack: 2])
        for node in site.nodes { node.set("ready", "yes") }
        let state = try await resume(site, Self.held, log, touched: ["n1", "n2"], by: undone)
        #expect(state.counts == [.skipped: 2])
        #expect(state.ending?.exitStatus == 2)
        let reason = "Rollback \(Self.rollback.short) has undone steps of this run on n[1-2] since."
        #expect(state.stopReason?.hasPrefix(reason) == true, "\(state.stopReason ?? "")")
        #expect(state.nodes.values.allSatisfy { !$0.isResumable })
        #expect(site.nodes.allSatisfy { $0.values == ["state": "bad", "ready": "yes"] })
    }

    @Test func aRunIsRefusedWhereWhatWasDoneOnceForItIsUndone() async throws {
        let once = Step.run("share", "set shared yes", capture: "keep shared", undo: "restore shared\ncount unshared") {
            $0.runOnce = true
            $0.on = .controller
        }
        let runbook = Runbook.test(
            steps: [once, .setting("state", to: "good")], strategy: Strategy(concurrency: 1))
        var site = Site(2)
        var log = MemoryLog()
        for number in 2... {
            site = Site(2)
            log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.end("n1") != nil { break }
        }
        #expect(log.runState.end("n2") == nil)
        let undone = try await undo(site, runbook, log, on: ["n1", "n2"])
        #expect(site.controller.counters["unshared"] == 1)
        let state = try await resume(site, runbook, log, touched: ["n1"], by: undone)
        #expect(state.ending?.exitStatus == 2)
        #expect(state.end("n2") == .notStarted)
        #expect(state.text("n2").contains(Self.rollback.short))
        #expect(site["n2"].starts.isEmpty)
    }

    /// n2 has undone its steps, and its end was not recorded any more: the rollback finds nothing to undo there.
    @Test func aNodeOnWhichSomethingWasDoneEndsAsItIsWhereWhatWasDoneOnceIsUndone() async throws {
        let once = Step.run("share", "set shared yes", capture: "keep shared", undo: "restore shared") {
            $0.runOnce = true
            $0.on = .controller
        }
        let runbook = Runbook.test(
            steps: [once, .setting("a", to: "1"), .run("break", "fail", undo: "print x")],
            strategy: Strategy(concurrency: 1, maxFailures: .count(9)))
        var wereUntouched = 0
        for number in 2... {
            let site = Site(2)
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { break }
            guard site["n2"].counters["a"] == 1, log.runState.end("n2") == nil else { continue }
            let undone = try await undo(site, runbook, log, on: ["n1", "n2"])
            let touched = undone.nodes.values.filter { node in
                node.steps.values.contains { $0.attempts.contains { $0.intent.id.run == Self.rollback } }
            }.map(\.name)
            // What was done once is of the first node, and was undone with it.
            guard touched == ["n1"] else { continue }
            wereUntouched += 1
            let state = try await resume(site, runbook, log, touched: touched, by: undone)
            #expect(state.end("n2") == .rolledBack, "killed at commit \(number): \(state.text("n2"))")
            #expect(state.isWhole && state.inProgress.isEmpty, "killed at commit \(number)")
            #expect(state.ending?.exitStatus == 2, "killed at commit \(number)")
            #expect(site["n2"].values == ["state": "bad"], "killed at commit \(number)")
        }
        #expect(wereUntouched > 0)
    }
}
