import Engine
import Model
import Synchronization
import TestSupport
import Testing

/// Runs that wait at a gate without a process.
@Suite struct WaitingTests {
    private static let mend = Runbook.test(steps: [.setting("state", to: "good") { $0.gate = .approval }])

    private func resume(_ site: Site, _ runbook: Runbook, _ log: MemoryLog) async throws -> RunState {
        try await site.engine(log).resume(site.request(runbook), past: site.past(log))
    }

    @Test func aRunWaitsAtItsGateAndGoesOnWhenItOpens() async throws {
        let gates = ScriptedGates(.waiting("Two are missing.", phase: .waitingApproval))
        var site = Site(2)
        site.gates = gates
        let log = MemoryLog()
        let waiting = try await site.apply(Self.mend, log: log)
        #expect(waiting.phase == .waitingApproval)
        #expect(waiting.ending == nil)
        #expect(waiting.stopReason == "Two are missing.")
        #expect(waiting.inProgress.values.reduce(0, +) == 2)
        #expect(site.nodes.allSatisfy { $0.starts.isEmpty })

        // Still waiting: the nodes are not even asked.
        let before = log.events.count
        let still = try await resume(site, Self.mend, log)
        #expect(still.phase == .waitingApproval)
        #expect(!log.events.dropFirst(before).contains { if case .surveyed = $0.event { true } else { false } })

        gates.set(.granted(by: Site.requester))
        let ended = try await resume(site, Self.mend, log)
        #expect(ended.counts == [.remediated: 2])
        #expect(ended.confirmedBy == Site.requester)
    }

    @Test func aRefusalEndsItWithoutAskingTheNodes() async throws {
        let gates = ScriptedGates(.waiting("One is missing.", phase: .waitingApproval))
        var site = Site()
        site.gates = gates
        let log = MemoryLog()
        _ = try await site.apply(Self.mend, log: log)
        gates.set(.refused("bob denied the plan.", hint: nil))
        site["n1"].goDown()
        let ended = try await resume(site, Self.mend, log)
        #expect(ended.counts == [.notStarted: 1])
        #expect(ended.ending?.exitStatus == 2)
    }

    /// Puts what the node's variable `keys` lists.
    private static let puts = Runbook.test(steps: [
        .run("put", "count $ITEM", undo: "print x") {
            $0.each = .member(.member(.root("node"), "vars"), "keys")
            $0.gate = .approval
        },
        .setting("state", to: "good") { $0.gate = .approval },
    ])

    private func request(_ site: Site, keys: [String]) -> RunRequest {
        var request = site.request(Self.puts)
        for index in request.targets.indices {
            request.targets[index].variables["keys"] = .list(keys.map(Value.string))
        }
        return request
    }

    @Test(arguments: [(["a", "b"], ["a", "b", "c"]), ([String](), ["a"])])
    func aRunWhoseListHasGrownWhileItWaitedIsNotCarriedOut(keys: [String], keysNow: [String]) async throws {
        let gates = ScriptedGates(.waiting("Two are missing.", phase: .waitingApproval))
        var site = Site()
        site.gates = gates
        let log = MemoryLog()
        _ = try await site.engine(log).apply(request(site, keys: keys))
        gates.set(.granted(by: Site.requester))
        let ended = try await site.engine(log).resume(request(site, keys: keysNow), past: site.past(log))
        #expect(ended.counts == [.notStarted: 1])
        #expect(ended.stopReason?.contains("n1: step 'put' has more items in its list now") == true)
        #expect(ended.ending?.exitStatus == 2)
        #expect(site["n1"].counters.isEmpty)
    }

    @Test func aRunWhoseListIsShorterByNowDoesWhatIsLeftOfIt() async throws {
        let gates = ScriptedGates(.waiting("Two are missing.", phase: .waitingApproval))
        var site = Site()
        site.gates = gates
        let log = MemoryLog()
        _ = try await site.engine(log).apply(request(site, keys: ["a", "b"]))
        gates.set(.granted(by: Site.requester))
        let ended = try await site.engine(log).resume(request(site, keys: ["a"]), past: site.past(log))
        #expect(ended.counts == [.remediated: 1])
        #expect(site["n1"].counters == ["a": 1, "state": 1])
    }

    @Test func aListThatGrewBringsNothingWhereTheNodeIsWell() async throws {
        let gates = ScriptedGates(.waiting("Two are missing.", phase: .waitingApproval))
        var site = Site()
        site.gates = gates
        let log = MemoryLog()
        _ = try await site.engine(log).apply(request(site, keys: ["a"]))
        gates.set(.granted(by: Site.requester))
        site["n1"].set("state", "good")
        let ended = try await site.engine(log).resume(request(site, keys: ["a", "b"]), past: site.past(log))
        #expect(ended.counts == [.healthy: 1])
        #expect(site["n1"].counters.isEmpty)
    }

    @Test func aStepWaitsInTheMiddleAndNothingIsDoneTwice() async throws {
        let gates = ScriptedGates(.granted(by: Site.requester))
        gates.setStep(.waiting("A second look is missing.", phase: .waitingApproval))
        var site = Site(3)
        site.gates = gates
        let log = MemoryLog()
        let runbook = Runbook.test(
            steps: [
                .run("first", "count first", undo: "print x"),
                .of("look", .approve(Approval(approvers: ["role:lead"]))), .setting("state", to: "good"),
            ])
        let waiting = try await site.apply(runbook, log: log)
        #expect(waiting.phase == .waitingApproval)
        #expect(waiting.ending == nil)
        #expect(site.nodes.allSatisfy { $0.values["state"] == "bad" })
        let begun = site.nodes.filter { $0.counters["first"] == 1 }.count
        #expect(begun > 0)

        #expect(try await resume(site, runbook, log).phase == .waitingApproval)
        gates.setStep(.granted(by: Site.requester))
        let ended = try await resume(site, runbook, log)
        #expect(ended.counts == [.remediated: 3])
        #expect(site.nodes.allSatisfy { $0.counters == ["first": 1, "state": 1] })
    }
}

/// Gates that say what the test wants at the moment.
private final class ScriptedGates: RunGates {
    private let decisions: Mutex<(start: GateDecision, step: GateDecision)>

    init(_ decision: GateDecision) { decisions = Mutex((decision, decision)) }

    func set(_ decision: GateDecision) { decisions.withLock { $0.start = decision } }
    func setStep(_ decision: GateDecision) { decisions.withLock { $0.step = decision } }

    var canApproveSteps: Bool { true }

    func outlook(_ plan: Plan, digest: String, run: RunID) async -> GateDecision { decisions.withLock { $0.start } }
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision { decisions.withLock { $0.start } }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        decisions.withLock { $0.step }
    }
    func isOpen(_ window: WindowRequirement) async -> Bool { true }
}
