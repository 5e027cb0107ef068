import Engine
import Foundation
import Model
import TestSupport
import Testing

/// Controllers killed at every commit, on runbooks with everything that is hard to take up again.
@Suite struct KillTests {
    static let share = Step.run("share", "count shared\nset shared yes", capture: "keep shared", undo: "restore shared")
    {
        $0.runOnce = true
        $0.on = .controller
    }

    /// A ladder of which the second rung helps.
    static let ladder = Runbook.test(steps: [
        .of(
            "climb",
            .escalate(
                EscalateVerb(rungs: [
                    .run("one", "count one", undo: "print x"),
                    .run("two", "count two\nset state good", undo: "print x"),
                    .run("three", "count three", undo: "print x"),
                ])))
    ])

    static let runbooks: [String: Runbook] = [
        "reboot": .test(steps: [
            .setting("state", to: "good"), .of("reboot", .reboot(RebootVerb())), .setting("after", to: "1"),
        ]),
        "guard": .test(steps: [.setting("state", to: "good") { $0.guardDelay = .seconds(60) }]),
        "once for the run": .test(steps: [share, .setting("state", to: "good")]),
        "step first": .test(
            steps: [.setting("a", to: "1"), .setting("state", to: "good")], strategy: Strategy(order: .stepFirst)),
        "soak": .test(
            steps: [.setting("state", to: "good")], strategy: Strategy(canary: [.count(1)], soak: .seconds(5))),
        "ladder": ladder,
    ]

    @Test(arguments: Array(runbooks.keys).sorted())
    func aKilledRunEndsAsIfNothingHadHappened(name: String) async throws {
        let runbook = try #require(Self.runbooks[name])
        let whole = MemoryLog()
        let calm = Site(2)
        _ = try await calm.apply(runbook, log: whole)
        for number in 2...whole.commits {
            for isCommitted in [false, true] {
                let site = Site(2)
                let log = MemoryLog(break: isCommitted ? .after(number) : .before(number))
                _ = try? await site.apply(runbook, log: log)
                if log.runState.ending != nil { continue }
                let state = try await site.engine(MemoryLog(after: log)).resume(
                    site.request(runbook), past: site.past(log))
                #expect(state.counts == [.remediated: 2], "\(name) killed at commit \(number)")
                for (node, other) in zip(site.nodes, calm.nodes) {
                    #expect(node.values == other.values, "\(name) killed at commit \(number)")
                    #expect(node.counters == other.counters, "\(name) killed at commit \(number)")
                    #expect(node.starts.values.allSatisfy { $0 == 1 })
                }
                #expect(site.controller.counters == calm.controller.counters)
            }
        }
    }

    /// What happened on a node, for a person.
    static func story(of node: String, _ log: MemoryLog) -> String {
        log.events.compactMap { recorded -> String? in
            switch recorded.event {
            case .stepIntended(node, let intent): "intended \(intent.id.step).\(intent.id.attempt)"
            case .stepStarted(node, let id): "started \(id.step).\(id.attempt)"
            case .stepEnded(node, let ending):
                "ended \(ending.id.step).\(ending.id.attempt) \(ending.status): \(ending.text)"
            case .nodeFailing(node, let failure): "failing \(failure.response)"
            case .nodeFinished(node, let outcome): "finished \(outcome.outcome)"
            case .resumed: "resumed"
            default: nil
            }
        }.joined(separator: "\n")
    }

    /// Faults, failures and kills at random. Whatever happens, a once step starts once and every target ends once.
    /// More of them with `ENGINE_SEEDS=1000`.
    static let seeds = Int(ProcessInfo.processInfo.environment["ENGINE_SEEDS"] ?? "") ?? 80

    @Test(arguments: 1...seeds)
    func whateverHappensNothingStartsTwiceAndEveryTargetEndsOnce(seed: Int) async throws {
        var random = SeededGenerator(UInt64(seed))
        let site = Site(4)
        let kinds: [FakeFault.Kind] = [
            .lostBeforeClaim, .lostBeforeStart, .lostBeforeEnd, .restartedBeforeEnd, .lostForEver, .violates,
        ]
        for node in site.nodes {
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
                node.add(FakeFault(kind, at: .step(Int.random(in: 0...7, using: &random))))
            }
            if Int.random(in: 0..<5, using: &random) == 0 { node.goDown() }
            if Int.random(in: 0..<4, using: &random) == 0 { node.set("cursed", "yes") }
            if Int.random(in: 0..<8, using: &random) == 0 { node.hold(by: RunID(random: 9, 9)) }
        }
        if Int.random(in: 0..<2, using: &random) == 0 {
            let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            site.controller.add(FakeFault(kind, at: .step(1)))
        }
        let runbook = Runbook.test(
            steps: [
                .of("drain", .drain(DrainVerb(reason: .text("test")))), Self.share,
                .run("first", "count first", undo: "count unfirst"),
                .run("second", "has cursed\n&& exit 3\ncount second\nset state good", undo: "set state bad") {
                    $0.guardDelay = seed.isMultiple(of: 7) ? .seconds(60) : nil
                },
            ],
            strategy: Strategy(
                order: seed.isMultiple(of: 2) ? .nodeFirst : .stepFirst,
                canary: seed.isMultiple(of: 3) ? [.count(1)] : [],
                batch: .count(2), maxFailures: .count(Int.random(in: 0...4, using: &random)),
                soak: seed.isMultiple(of: 5) ? .seconds(3) : .zero),
            onFailure: FailurePolicy.allCases[Int.random(in: 0..<4, using: &random)],
            always: [.of("undrain", .undrain(UndrainVerb()))])
        var log = MemoryLog(break: .after(Int.random(in: 2...60, using: &random)))
        var state = (try? await site.apply(runbook, log: log)) ?? log.runState
        for attempt in 0..<6 where state.ending == nil {
            let next = MemoryLog(
                after: log, break: attempt < 3 ? .before(Int.random(in: 1...40, using: &random)) : .never)
            state = (try? await site.engine(next).resume(site.request(runbook), past: site.past(log))) ?? next.runState
            log = next
        }
        let ending = try #require(state.ending)
        #expect(ending.counts.values.reduce(0, +) == 4)
        #expect(state.isWhole && state.inProgress.isEmpty)
        #expect(site.controller.starts.values.allSatisfy { $0 == 1 })
        #expect(site.controller.counters["shared"] ?? 0 <= 1, "\(site.nodes.map { Self.story(of: $0.name, log) })")
        for node in site.nodes {
            #expect(node.starts.values.allSatisfy { $0 == 1 })
            #expect(node.counters["first"] ?? 0 <= 1, "\(Self.story(of: node.name, log))")
            #expect(node.counters["second"] ?? 0 <= 1)
            // A node that is called well is well, whatever happened on the way.
            if state.end(node.name) == .remediated { #expect(node.values["state"] == "good") }
        }
    }
}
