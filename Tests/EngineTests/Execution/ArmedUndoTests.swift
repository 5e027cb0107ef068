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
            let state = try await site.engine(MemoryLog(after: log)).resume(
                site.request(Self.runbook), past: site.past(log))
            #expect(state.end("n1") == .remediated)
            site["n1"].fireGuards()
            #expect(site["n1"].values == ["state": "good"])
        }
        #expect(wasLeft)
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

/// A gate after which a node takes no further connection.
private struct ClosingGates: RunGates {
    let node: FakeNode
    var canApproveSteps: Bool { true }
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        node.refuseConnections(.max)
        return .granted(by: nil)
    }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        .granted(by: nil)
    }
    func isOpen(_ window: WindowRequirement) async -> Bool { true }
}
