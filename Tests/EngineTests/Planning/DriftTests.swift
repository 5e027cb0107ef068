import Engine
import Model
import TestSupport
import Testing

@Suite struct DriftTests {
    static func target(_ name: String, verdict: Verdict = .broken) -> PlannedTarget {
        PlannedTarget(
            name: name, address: name, user: "admin", jump: [], hostKeys: ["SHA256:x"], becomeUser: "root",
            survey: Survey(verdict: verdict, causes: ["a", "b"]), parameters: ["p": "1"],
            predictions: verdict == .broken
                ? [
                    Prediction(.change, grade: .exact, beforeDigest: "1", afterDigest: "2", programDigest: "3"),
                    Prediction(.noChange),
                ] : [])
    }

    static func plan() -> Plan {
        Plan(
            runbook: "test", runbookVersion: 1, sources: ["test.yaml": "0"], selector: "@*", program: "1",
            supervisor: "1",
            created: 1, expires: 2, approve: Approval(approvers: ["role:lead"]), window: nil, gate: .approval,
            steps: (0..<2).map {
                PlannedStep(index: $0, name: "s\($0)", verb: "run", gate: .approval, causes: [], summary: "", undo: "")
            },
            targets: [target("n1"), target("n2"), target("n3", verdict: .healthy)], waves: [["n1"], ["n2"]],
            strategy: PlannedStrategy(
                order: .nodeFirst, concurrency: 1, stopsAtFailure: 1, canaryWaves: 0, limits: [:], soak: 0), notes: [])
    }

    @Test func lessIsNoDrift() {
        let less: [(inout Plan) -> Void] = [
            { _ in }, { $0.created += 5 }, { $0.waves = [] }, { $0.targets[0].survey.causes = ["a"] },
            { $0.targets[0].predictions = [] }, { $0.targets[0].predictions[0] = Prediction(.noChange) },
            { $0.targets[0].predictions[0] = Prediction(.skipped) }, { $0.targets.removeLast() },
            {
                $0.targets[0].survey = Survey(verdict: .unreachable); $0.targets[0].predictions = []
            },
            { $0.targets[0].predictions[0].beforeDigest = nil }, { $0.notes = ["x"] },
            { $0.strategy.stopsAtFailure = 3 },
        ]
        for (index, change) in less.enumerated() {
            var fresh = Self.plan()
            change(&fresh)
            #expect(fresh.drift(from: Self.plan()).isEmpty, "change \(index)")
        }
    }

    @Test func anApprovedUnknownCoversBothAnswers() {
        var approved = Self.plan()
        approved.targets[0].predictions[1] = Prediction(.unknown, grade: .exact)
        for kind in Prediction.Kind.allCases {
            var fresh = approved
            fresh.targets[0].predictions[1] = Prediction(kind, grade: .exact)
            #expect(fresh.drift(from: approved).isEmpty)
        }
    }

    @Test func moreOrOtherIsDriftWithTheDifference() {
        let more: [(String, (inout Plan) -> Void)] = [
            ("n4", { $0.targets.append(Self.target("n4")) }), ("was healthy", { $0.targets[2] = Self.target("n3") }),
            ("another cause: c", { $0.targets[0].survey.causes = ["a", "c"] }),
            ("nothing to change", { $0.targets[0].predictions[1] = Prediction(.change) }),
            ("nothing to change", { $0.targets[0].predictions[1] = Prediction(.unknown) }),
            ("another value", { $0.targets[0].predictions[0].beforeDigest = "9" }),
            ("leave another", { $0.targets[0].predictions[0].afterDigest = "9" }),
            ("something else", { $0.targets[0].predictions[0].programDigest = "9" }),
            ("undone as exactly", { $0.targets[0].predictions[0].grade = .irreversible }),
            ("address", { $0.targets[0].address = "9" }), ("user", { $0.targets[0].user = "9" }),
            ("jump", { $0.targets[0].jump = ["9"] }), ("host keys", { $0.targets[0].hostKeys = ["9"] }),
            ("become", { $0.targets[0].becomeUser = nil }), ("parameter p", { $0.targets[0].parameters = ["p": "2"] }),
            ("test.yaml", { $0.sources["test.yaml"] = "9" }), ("approvers", { $0.approve = nil }),
            ("window", { $0.window = WindowRequirement(calendar: "c") }), ("program", { $0.program = "9" }),
            ("supervisor", { $0.supervisor = "9" }), ("steps", { $0.steps[0].gate = .none }),
        ]
        for (text, change) in more {
            var fresh = Self.plan()
            change(&fresh)
            let drift = fresh.drift(from: Self.plan())
            #expect(drift.contains { $0.description.contains(text) }, "\(text): \(drift)")
        }
    }

    @Test func anotherItemIsDriftWhereItsStepMayChangeSomething() {
        var approved = Self.plan()
        approved.targets[0].items = [0: .string("a"), 1: .string("b")]
        let cases: [(items: [Int: Value], isDrift: Bool)] = [
            ([0: .string("a"), 1: .string("c")], false), ([0: .string("c"), 1: .string("b")], true),
            ([1: .string("b")], true),
        ]
        for (items, isDrift) in cases {
            var fresh = approved
            fresh.targets[0].items = items
            let drift = fresh.drift(from: approved)
            #expect(drift.contains { $0.description.contains("step 's0' has another item") } == isDrift, "\(drift)")
        }
        #expect(approved.drift(from: Self.plan()).isEmpty)
    }

    @Test func anotherValueOfWhatTheRunbookNamesIsDriftWhereSomethingMayChange() {
        var approved = Self.plan()
        approved.targets[0].named = NamedValues(labels: ["disk": "a"], groups: ["g"], variables: ["x": .int(1)])
        let changes: [(text: String, change: (inout Plan) -> Void)] = [
            ("now: label disk", { $0.targets[0].named?.labels = ["disk": "b"] }),
            ("now: label disk", { $0.targets[0].named?.labels = [:] }),
            ("now: label rack", { $0.targets[0].named?.labels = ["disk": "a", "rack": "r"] }),
            ("now: variable x", { $0.targets[0].named?.variables = ["x": .string("1")] }),
            ("now: its groups", { $0.targets[0].named?.groups = ["g", "h"] }),
            ("now: label disk, variable x, its groups", { $0.targets[0].named = nil }),
        ]
        for (text, change) in changes {
            var fresh = approved
            change(&fresh)
            let drift = fresh.drift(from: approved).map(\.description)
            #expect(drift == ["n1: the inventory says something else of it \(text)"])
            fresh.targets[0].predictions = []
            #expect(fresh.drift(from: approved).isEmpty)
        }
        #expect(approved.drift(from: Self.plan()).isEmpty)
        let idle = [Prediction(.noChange), Prediction(.noChange)]
        approved.targets[0].predictions = idle
        var fresh = approved
        fresh.targets[0].named = NamedValues()
        #expect(fresh.drift(from: approved).isEmpty)
    }

    @Test func aNarrowedPlanIsTheApprovedOneOnFewerTargets() {
        var approved = Self.plan()
        approved.strategy.canaryWaves = 1
        var fresh = approved
        fresh.targets[0].predictions = []
        let narrowed = approved.narrowed(to: fresh)
        #expect(narrowed.waves == [["n2"]])
        #expect(narrowed.strategy.canaryWaves == 0)
        #expect(narrowed.targets[1] == approved.targets[1])
    }

    @Test func anApprovedPlanIsCarriedOutAndADriftedOneRefused() async throws {
        let site = Site(3)
        let (plan, digest, _) = try await site.engine(MemoryLog()).plan(site.request(.mend, kind: .plan))
        site["n1"].set("state", "good")
        let log = MemoryLog()
        let request = site.request(.mend, run: RunID(random: 5, 5))
        let state = try await site.engine(log).apply(request, approved: plan)
        #expect(state.counts == [.healthy: 1, .remediated: 2])
        #expect(state.plan?.digest == digest && log.digest == digest)

        let other = Site(3)
        other["n2"].set("state", "good")
        let (second, _, _) = try await other.engine(MemoryLog()).plan(other.request(.mend, kind: .plan))
        other["n2"].set("state", "bad")
        let refused = try await other.engine(MemoryLog()).apply(request, approved: second)
        #expect(refused.ending?.exitStatus == 2)
        #expect(refused.ending?.stopReason?.contains("n2") == true)
        #expect(other.nodes.allSatisfy { $0.starts.isEmpty })
    }

    @Test func aStepThatThePlanHasNothingToChangeForIsRefusedAtTheLastMoment() async throws {
        var site = Site(values: ["state": "bad", "level": "9"])
        let node = site["n1"]
        site.gates = ChangingGates { node.set("level", "1") }
        let state = try await site.apply(.test(steps: [.setting("level", to: "9"), .setting("state", to: "good")]))
        #expect(state.end("n1") == .failed)
        #expect(node.counters.isEmpty)
    }
}

/// A gate during which something else happens.
struct ChangingGates: RunGates {
    var change: @Sendable () -> Void
    var canApproveSteps: Bool { true }
    func admit(_ plan: Plan, digest: String, run: RunID) async -> GateDecision {
        change()
        return .granted(by: nil)
    }
    func approve(_ approval: Approval, step: String, digest: String, run: RunID) async -> GateDecision {
        .granted(by: nil)
    }
    func isOpen(_ window: WindowRequirement) async -> Bool { true }
}
