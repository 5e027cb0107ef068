import Engine
import Model
import TestSupport
import Testing

/// Undos that nodes carry out by themselves: whatever happens, none is left that would undo what stays.
@Suite struct ArmedUndoTests {
    private static let runbook = Runbook.test(steps: [
        .run(
            "mend", "set state good\ncount mended\nprint done", check: "is state good", capture: "keep state",
            undo: "restore state"
        ) { $0.guardDelay = .seconds(120) }
    ])
    /// The number of the armed undo: twice that of all steps, and the step's.
    private static let undo = 2

    @Test(arguments: [false, true])
    func whoeverGoesOnWithARunKnowsOfTheUndoThatIsArmed(isCommitted: Bool) async throws {
        var wereArmed = 0
        for number in 2... {
            let site = Site()
            let log = MemoryLog(break: isCommitted ? .after(number) : .before(number))
            _ = try? await site.apply(Self.runbook, log: log)
            if log.runState.ending != nil { break }
            if !site["n1"].armed.isEmpty {
                wereArmed += 1
                #expect(log.runState.nodes["n1"]?.openAttempt?.step == 0, "killed at commit \(number)")
            }
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(Self.runbook), past: site.past(log))
            #expect(state.end("n1") == .remediated, "killed at commit \(number): \(state.text("n1"))")
            site["n1"].fireGuards()
            #expect(site["n1"].values == ["state": "good"], "killed at commit \(number)")
            #expect(site["n1"].counters == ["mended": 1], "killed at commit \(number)")
        }
        #expect(wereArmed > 0)
    }

    @Test(arguments: [FakeFault.Kind.lostBeforeClaim, .lostBeforeEnd])
    func anUndoOfWhichNobodyHeardThatItIsArmedIsDisarmedAndTheStepSentAnew(kind: FakeFault.Kind) async throws {
        let site = Site()
        site["n1"].add(FakeFault(kind, at: .step(Self.undo)))
        let state = try await site.apply(Self.runbook)
        #expect(state.end("n1") == .remediated)
        #expect(state.nodes["n1"]?.steps[0]?.attempts.count == 2)
        site["n1"].fireGuards()
        #expect(site["n1"].values == ["state": "good"])
        #expect(site["n1"].counters == ["mended": 1])
    }

    @Test func whatCanNotBeDisarmedIsDisarmedBeforeTheNextAttempt() async throws {
        try await leftArmed { site, log in
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(Self.runbook), past: site.past(log))
            #expect(state.end("n1") == .remediated)
            site["n1"].fireGuards()
            #expect(site["n1"].values == ["state": "good"])
        }
    }

    /// A step that did not run, since nobody heard that its undo was armed, which could not be disarmed either. Then the
    /// controller was killed, and the node can be reached again.
    private func leftArmed(_ body: (Site, MemoryLog) async throws -> Void) async throws {
        var wasLeft = false
        for number in 2... {
            var site = Site()
            site.gates = ClosingGates(node: site["n1"])
            site["n1"].add(FakeFault(.lostBeforeEnd, at: .step(Self.undo)))
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(Self.runbook, log: log)
            if log.runState.ending != nil { break }
            let left = log.runState.nodes["n1"]
            guard left?.steps[0]?.ending != nil, left?.failure == nil else { continue }
            wasLeft = true
            #expect(left?.steps[0]?.ending?.text.contains("Its armed undo can't be disarmed") == true)
            #expect(site["n1"].armed.count == 1)
            site["n1"].refuseConnections(0)
            try await body(site, log)
        }
        #expect(wasLeft)
    }

    private func rollback(_ site: Site, _ runbook: Runbook, _ log: MemoryLog) async throws -> RunState {
        var request = site.request(runbook, kind: .rollback, run: RunID(random: 3, 4))
        request.header.parent = Site.run
        return try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [])
    }

    @Test(arguments: [false, true])
    func aRollbackLeavesNoUndoOfTheKilledRunArmed(hasFired: Bool) async throws {
        let runbook = Runbook.test(steps: [
            .setting("level", to: "9"),
            .run(
                "mend", "set state good\nprint done", check: "is state good", capture: "keep state",
                undo: "restore state\ncount undone"
            ) { $0.guardDelay = .seconds(120) },
        ])
        var wereArmed = 0
        for number in 2... {
            // The node's place in the rollback is another one than in the run.
            let site = Site(2)
            site["n1"].set("state", "good")
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { break }
            if site["n2"].armed.isEmpty { continue }
            wereArmed += 1
            if hasFired { site["n2"].fireGuards() }
            var request = site.request(runbook, kind: .rollback, run: RunID(random: 3, 4), targets: ["n2"])
            request.header.parent = Site.run
            let state = try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [])
            #expect(state.end("n2") == .rolledBack, "killed at commit \(number): \(state.text("n2"))")
            #expect(site["n2"].values == ["state": "bad"], "killed at commit \(number)")
            site["n2"].fireGuards()
            #expect(site["n2"].counters["undone"] == 1, "killed at commit \(number)")
        }
        #expect(wereArmed > 0)
    }

    @Test func aRollbackDisarmsTheUndoOfAStepThatDidNotRun() async throws {
        try await leftArmed { site, log in
            let state = try await rollback(site, Self.runbook, log)
            #expect(state.end("n1") == .healthy, "\(state.text("n1"))")
            #expect(site["n1"].armed.isEmpty)
            #expect(site["n1"].starts.isEmpty)
        }
    }

    @Test func aRollbackThatCanNotDisarmAnUndoSaysSo() async throws {
        let head = Step.run("tell", "count told\nprint done", undo: "count untold") {
            $0.on = .role("head")
            $0.guardDelay = .seconds(120)
        }
        let runbook = Runbook.test(steps: [head, .setting("state", to: "good")])
        var wereArmed = 0
        for number in 2... {
            var site = Site()
            site.roles = ["head": ["head1"]]
            let log = MemoryLog(break: .after(number))
            _ = try? await site.apply(runbook, log: log)
            if log.runState.ending != nil { break }
            if site.hosts[0].armed.isEmpty { continue }
            wereArmed += 1
            site.hosts[0].goDown()
            let state = try await rollback(site, runbook, log)
            #expect(state.end("n1") == .rollbackFailed, "killed at commit \(number)")
            #expect(state.text("n1").contains("can't be disarmed"), "killed at commit \(number): \(state.text("n1"))")
            #expect(site.hosts[0].counters["untold"] == nil, "killed at commit \(number)")
        }
        #expect(wereArmed > 0)
    }

    @Test func anUndoThatIsArmedIsDisarmedBeforeARunUndoesItsSteps() async throws {
        var site = Site()
        // Until the undo could have fired and more: then the node lets the controller in again.
        site.gates = ClosingGates(node: site["n1"], refusals: 36)
        site["n1"].add(FakeFault(.lostBeforeEnd, at: .step(Self.undo)))
        let state = try await site.apply(Self.runbook)
        #expect(state.end("n1") == .unreachable, "\(state.text("n1"))")
        #expect(site["n1"].armed.isEmpty)
        #expect(site["n1"].values == ["state": "bad"])
    }

    @Test func aStepThatIsTriedAgainAfterItsUndoFiredIsDone() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.cutsItsAccess, at: .step(0)))
        let state = try await site.apply(
            .test(steps: [
                .setting("state", to: "good") {
                    $0.guardDelay = .seconds(120)
                    $0.retries = Retries(attempts: 2, delay: .seconds(1))
                }
            ]))
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values == ["state": "good"])
        #expect(site["n1"].counters == ["state": 2])
    }

    @Test func anUndoIsDisarmedOnTheHostThatTheStepRanOn() async throws {
        var site = Site()
        site.roles = ["head": ["head1"]]
        let step = Step.run("tell", "count told", undo: "print x") {
            $0.on = .role("head")
            $0.guardDelay = .seconds(120)
        }
        let state = try await site.apply(.test(steps: [step, .setting("state", to: "good")]))
        #expect(state.end("n1") == .remediated)
        #expect(site.hosts[0].counters == ["told": 1])
        #expect(site.hosts[0].armed.isEmpty)
    }
}

/// A gate after which a node takes no further connection, for good or for a while.
private struct ClosingGates: RunGates {
    let node: FakeNode
    /// Connections that it refuses before it takes one again.
    var refusals = Int.max
    var canApproveSteps: Bool { true }
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        node.refuseConnections(refusals)
        return .granted(by: nil)
    }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        .granted(by: nil)
    }
    func isOpen(_ window: WindowRequirement) async -> Bool { true }
}
