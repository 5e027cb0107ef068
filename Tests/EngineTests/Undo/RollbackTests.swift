import Engine
import Model
import TestSupport
import Testing

@Suite struct RollbackTests {
    static let runbook = Runbook.test(
        steps: [
            .of("drain", .drain(DrainVerb(reason: .text("test")))), .setting("level", to: "9"),
            .run("for good", "set burned yes"), .setting("state", to: "good"),
        ], strategy: Strategy(maxFailures: .count(9)))
    static let second = RunID(random: 3, 4)

    func undo(
        _ site: Site, _ log: MemoryLog, targets: [String]? = nil, later: [LaterRun] = [], force: Bool = false
    ) async throws -> RunState {
        var request = site.request(Self.runbook, kind: .rollback, run: Self.second, targets: targets)
        request.header.parent = Site.run
        return try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: later, force: force)
    }

    @Test func aFinishedRunIsUndoneBackwardsAndTheDrainLast() async throws {
        let site = Site(2)
        let log = MemoryLog()
        let state = try await site.apply(Self.runbook, log: log)
        #expect(state.counts == [.remediated: 2])
        let undone = try await undo(site, log)
        #expect(undone.counts == [.rolledBack: 2])
        #expect(undone.ending?.exitStatus == 0)
        #expect(undone.nodes["n1"]?.outcome?.irreversible == ["for good"])
        #expect(site.nodes.allSatisfy { $0.values == ["state": "bad", "burned": "yes"] })
        let order = undone.nodes["n1"]?.steps.values.flatMap(\.attempts).filter { $0.intent.id.run == Self.second }
        #expect(order?.count == 3)
    }

    @Test func whatWasDoneOnceForTheRunIsUndoneWhereNothingElseWasDone() async throws {
        for isBroken in [false, true] {
            let once = Step.run(
                "share", "count shared\nset shared yes", capture: "keep shared",
                undo: isBroken ? "fail" : "restore shared\ncount unshared"
            ) {
                $0.runOnce = true
                $0.on = .controller
            }
            let runbook = Runbook.test(detect: nil, steps: [once], verify: [])
            let site = Site(2)
            let log = MemoryLog()
            _ = try await site.apply(runbook, log: log)
            #expect(site.controller.counters == ["shared": 1])
            var request = site.request(runbook, kind: .rollback, run: Self.second)
            request.header.parent = Site.run
            let state = try await site.engine(MemoryLog()).rollback(
                request, past: site.past(log), later: [], force: false)
            #expect(state.isWhole)
            #expect(state.counts == [isBroken ? .rollbackFailed : .rolledBack: 1, .healthy: 1])
            #expect(site.controller.counters["unshared"] == (isBroken ? nil : 1))
        }
    }

    @Test func stepsThatBuildOnEachOtherAreUndoneAndAStrangersChangeIsNot() async throws {
        func add(_ item: String) -> Step {
            .run(
                "add \(item)", "add list \(item)", check: "tell list \(item)", capture: "keep list",
                undo: "takeback list")
        }
        let runbook = Runbook.test(steps: [add("a"), add("b"), .setting("state", to: "good")])
        func roll(_ site: Site, _ log: MemoryLog, force: Bool) async throws -> RunState {
            var request = site.request(runbook, kind: .rollback, run: Self.second)
            request.header.parent = Site.run
            return try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [], force: force)
        }
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(runbook, log: log)
        #expect(site["n1"].values["list"] == "+a+b")
        let undone = try await roll(site, log, force: false)
        #expect(undone.end("n1") == .rolledBack)
        #expect(site["n1"].values["list"] == nil)

        for force in [false, true] {
            let other = Site()
            let log = MemoryLog()
            _ = try await other.apply(runbook, log: log)
            other["n1"].set("list", "mine")
            let state = try await roll(other, log, force: force)
            #expect(state.end("n1") == (force ? .rolledBack : .rollbackFailed))
            #expect(other["n1"].values["list"] == (force ? nil : "mine"))
        }
    }

    @Test func onlyTheChosenNodesAreUndone() async throws {
        let site = Site(2)
        let log = MemoryLog()
        _ = try await site.apply(Self.runbook, log: log)
        let undone = try await undo(site, log, targets: ["n2"])
        #expect(undone.counts == [.rolledBack: 1])
        #expect(site["n1"].values["state"] == "good")
        #expect(site["n2"].values["state"] == "bad")
    }

    @Test func ofANodeWithFewerItemsThanOthersOfTheRunAllIsUndone() async throws {
        let runbook = Runbook.test(steps: [
            .run("put", "set $ITEM yes", capture: "keep $ITEM", undo: "restore $ITEM") {
                $0.each = .member(.root("params"), "keys")
            },
            .setting("level", to: "9"), .setting("state", to: "good"),
        ])
        let site = Site(2)
        func request(_ kind: RunHeader.Kind, _ run: RunID, _ targets: [String]) -> RunRequest {
            var request = site.request(runbook, kind: kind, run: run, targets: targets)
            request.parameters = [
                "n1": ["keys": .list([.string("a")])],
                "n2": ["keys": .list([.string("a"), .string("b"), .string("c")])],
            ]
            if kind == .rollback { request.header.parent = Site.run }
            return request
        }
        let log = MemoryLog()
        let state = try await site.engine(log).apply(request(.apply, Site.run, ["n1", "n2"]))
        #expect(state.counts == [.remediated: 2])
        let undone = try await site.engine(MemoryLog()).rollback(
            request(.rollback, Self.second, ["n1"]), past: site.past(log), later: [])
        #expect(undone.counts == [.rolledBack: 1])
        #expect(site["n1"].values == ["state": "bad"])
        #expect(site["n2"].values["c"] == "yes")
    }

    /// Puts what the node's variable `keys` lists.
    private static let puts = Runbook.test(steps: [
        .run("put", "set $ITEM yes", capture: "keep $ITEM", undo: "restore $ITEM") {
            $0.each = .member(.member(.root("node"), "vars"), "keys")
        },
        .setting("state", to: "good"),
    ])

    private func request(_ site: Site, _ kind: RunHeader.Kind, keys: [String]) -> RunRequest {
        var request = site.request(Self.puts, kind: kind, run: kind == .apply ? Site.run : Self.second)
        if kind == .rollback { request.header.parent = Site.run }
        request.targets[0].variables["keys"] = .list(keys.map(Value.string))
        return request
    }

    @Test(arguments: [["b", "a"], ["c"], []])
    func eachItemIsUndoneWithTheValueThatItWasDoneWith(keysNow: [String]) async throws {
        let site = Site(values: ["state": "bad", "a": "1"])
        let log = MemoryLog()
        let state = try await site.engine(log).apply(request(site, .apply, keys: ["a", "b"]))
        #expect(state.end("n1") == .remediated)
        #expect(site["n1"].values == ["state": "good", "a": "yes", "b": "yes"])
        let undone = try await site.engine(MemoryLog()).rollback(
            request(site, .rollback, keys: keysNow), past: site.past(log), later: [])
        #expect(undone.end("n1") == .rolledBack)
        #expect(site["n1"].values == ["state": "bad", "a": "1"])
    }

    @Test func anItemThatWasNotKeptAndIsGoneIsNotUndoneForNothing() async throws {
        let site = Site(values: ["state": "bad", "a": "1"])
        let log = MemoryLog()
        _ = try await site.engine(log).apply(request(site, .apply, keys: ["a", "b"]))
        var past = site.past(log)
        past.plan?.targets[0].items = nil
        let state = try await site.engine(MemoryLog()).rollback(
            request(site, .rollback, keys: ["a"]), past: past, later: [])
        #expect(state.end("n1") == .rollbackFailed)
        #expect(state.text("n1").contains("'put[1]' could not be undone: its list is shorter now"))
        #expect(site["n1"].values == ["state": "bad", "a": "yes", "b": "yes"])
    }

    /// Puts what the node's label `disk` names, by a parameter of an included runbook or by itself.
    private static func putsByLabel(isIncluded: Bool) -> Runbook {
        let disk = Template.expression(.ofNode("labels", "disk"))
        var put = Step.run("put", "set $DISK yes", capture: "keep $DISK", undo: "restore $DISK")
        let mend = Step.setting("state", to: "good")
        guard isIncluded else {
            put.environment = ["DISK": disk]
            return .test(steps: [put, mend])
        }
        let parameter = Parameter(
            name: "DISK", type: .string, description: "", defaultValue: nil, isOptional: false, minimum: nil,
            maximum: nil, pattern: nil, allowedValues: [], secretSource: nil, position: somewhere)
        let included = Runbook.test(detect: nil, steps: [put], verify: [], parameters: [parameter])
        return .test(steps: [
            .of("include", .runbook(IncludedRunbook(runbook: included, parameters: ["DISK": disk]))), mend,
        ])
    }

    @Test(arguments: [false, true])
    func aStepIsUndoneWhereItWasDoneWhateverTheNodesLabelsSayByThen(isIncluded: Bool) async throws {
        let runbook = Self.putsByLabel(isIncluded: isIncluded)
        for labels in [["disk": "b"], [:]] {
            var site = Site(values: ["state": "bad", "a": "1", "b": "2"])
            site.labels = ["n1": ["disk": "a"]]
            let log = MemoryLog()
            _ = try await site.apply(runbook, log: log)
            #expect(site["n1"].values == ["state": "good", "a": "yes", "b": "2"])
            site.labels = ["n1": labels]
            var request = site.request(runbook, kind: .rollback, run: Self.second)
            request.header.parent = Site.run
            let undone = try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [])
            #expect(undone.end("n1") == .rolledBack)
            #expect(site["n1"].values == ["state": "bad", "a": "1", "b": "2"])
        }
    }

    @Test func aNodeThatALaterRunTouchedIsRefusedUnlessForced() async throws {
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(Self.runbook, log: log)
        let later = LaterRun(
            node: "n1", run: RunID(random: 7, 7), kind: .apply, runbook: "other", parent: nil, time: 1)
        let refused = try await undo(site, log, later: [later])
        #expect(refused.end("n1") == .skipped)
        #expect(refused.text("n1").contains("other"))
        #expect(site["n1"].values["state"] == "good")
        let forced = try await undo(site, log, later: [later], force: true)
        #expect(forced.end("n1") == .rolledBack)
    }

    @Test func aNodeThatAnotherRunHoldsIsNotUndone() async throws {
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(Self.runbook, log: log)
        let holder = RunID(random: 9, 9)
        site["n1"].hold(by: holder)
        let state = try await undo(site, log)
        #expect(state.end("n1") == .rollbackFailed)
        #expect(state.text("n1").contains("run \(holder.short) of another controller holds the node"))
        #expect(state.nodes["n1"]?.outcome?.hint?.contains("runbook show \(holder.short)") == true)
        #expect(state.ending?.exitStatus == 2)
        #expect(site["n1"].values["state"] == "good")
    }

    @Test func tamperedStateIsRefusedWithItsReason() async throws {
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(Self.runbook, log: log)
        var past = site.past(log)
        past.state.fill([
            CaptureRecord(
                sequence: 1, node: "n1", step: 3, id: InvocationID(run: Site.run, target: 0, step: 3, attempt: 1),
                digest: "", bytes: Array("=evil".utf8))
        ])
        let request = site.request(Self.runbook, kind: .rollback, run: Self.second)
        let state = try await site.engine(MemoryLog()).rollback(request, past: past, later: [])
        #expect(state.end("n1") == .rollbackFailed)
        #expect(site["n1"].values["state"] == "good")
    }

    @Test func aRunThatChangedNothingHasNothingToUndo() async throws {
        let site = Site(values: ["state": "good"])
        let log = MemoryLog()
        _ = try await site.apply(Self.runbook, log: log)
        let state = try await undo(site, log)
        #expect(state.end("n1") == .healthy)
        #expect(site["n1"].starts.isEmpty)
    }

    @Test func anUndoThatFailsEndsAsRollbackFailed() async throws {
        let site = Site()
        let runbook = Runbook.test(steps: [
            .run("one", "set one yes", undo: "fail"), .run("break", "fail", undo: "print x"),
        ])
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rollbackFailed)
        #expect(state.isWhole)
        let undo = state.nodes["n1"]?.outcome?.failedUndo
        #expect(undo?.step == "one")
        #expect(undo?.exitStatus == 1)
        #expect(undo?.invocation == InvocationID(run: Site.run, target: 0, step: 2, attempt: 1))
        #expect(undo?.undone == ["break"])
        #expect(undo?.standing == ["one"])
        #expect(state.text("n1").contains("'one' could not be undone: it ended with status 1"))
    }

    /// Two steps and what was to be mended, of which the first one's undo fails until the node is mended. Its rollback
    /// is done up to there.
    private func halfUndone(
        _ body: (Site, RunState, ([LaterRun], [RunState]) async throws -> RunState) async throws -> Void
    ) async throws {
        let runbook = Runbook.test(steps: [
            .run("first", "set first yes", undo: "count first\nis mended yes\n|| exit 3\nunset first"),
            .run("second", "set second yes", undo: "count second\nunset second"), .setting("state", to: "good"),
        ])
        let site = Site()
        let log = MemoryLog()
        _ = try await site.apply(runbook, log: log)
        func roll(_ run: RunID, _ own: MemoryLog, _ later: [LaterRun], _ rollbacks: [RunState]) async throws -> RunState
        {
            var request = site.request(runbook, kind: .rollback, run: run)
            request.header.parent = Site.run
            return try await site.engine(own).rollback(
                request, past: site.past(log), later: later, rollbacks: rollbacks)
        }
        let first = MemoryLog()
        let failed = try await roll(Self.second, first, [], [])
        #expect(failed.end("n1") == .rollbackFailed)
        #expect(failed.nodes["n1"]?.outcome?.failedUndo?.standing == ["first"])
        #expect(site["n1"].counters["second"] == 1)
        site["n1"].set("mended", "yes")
        try await body(site, first.runState) { try await roll(RunID(random: 5, 6), MemoryLog(), $0, $1) }
    }

    private static let own = LaterRun(
        node: "n1", run: second, kind: .rollback, runbook: "test", parent: Site.run, time: 1)

    @Test func aRollbackGoesOnFromAnEarlierOneThatFailedAndUndoesNothingTwice() async throws {
        try await halfUndone { site, first, roll in
            let again = try await roll([Self.own], [first])
            #expect(again.end("n1") == .rolledBack)
            #expect(site["n1"].counters["first"] == 2)
            #expect(site["n1"].counters["second"] == 1)
            #expect(site["n1"].values == ["state": "bad", "mended": "yes"])
        }
    }

    @Test func whatWasDoneOnceIsUndoneByTheRollbackThatFinishesAnEarlierOne() async throws {
        let once = Step.run(
            "share", "count shared\nset shared yes", capture: "keep shared", undo: "restore shared\ncount unshared"
        ) {
            $0.runOnce = true
            $0.on = .controller
        }
        let own = Step.run("own", "set own yes", undo: "count own\nis mended yes\n|| exit 3\nunset own")
        let runbook = Runbook.test(detect: nil, steps: [once, own], verify: [])
        let site = Site(2)
        site["n1"].set("mended", "yes")
        let log = MemoryLog()
        _ = try await site.apply(runbook, log: log)
        var request = site.request(runbook, kind: .rollback, run: Self.second)
        request.header.parent = Site.run
        let first = MemoryLog()
        let failed = try await site.engine(first).rollback(request, past: site.past(log), later: [])
        #expect(failed.end("n2") == .rollbackFailed)
        #expect(site.controller.counters["unshared"] == nil)
        site["n2"].set("mended", "yes")
        request = site.request(runbook, kind: .rollback, run: RunID(random: 5, 6))
        request.header.parent = Site.run
        let state = try await site.engine(MemoryLog()).rollback(
            request, past: site.past(log), later: [Self.own], rollbacks: [first.runState])
        #expect(state.counts == [.rolledBack: 2])
        #expect(site.controller.counters["unshared"] == 1)
        #expect(site["n1"].counters["own"] == 1)
        #expect(site["n2"].counters["own"] == 2)
    }

    @Test func anInterruptedRollbackUndoesNothingThatAnotherOneHasUndoneSince() async throws {
        let runbook = Runbook.test(steps: [
            .run("first", "set first yes", undo: "count first\nunset first"),
            .run("second", "set second yes", undo: "count second\nunset second"), .setting("state", to: "good"),
        ])
        func request(_ site: Site, _ run: RunID) -> RunRequest {
            var request = site.request(runbook, kind: .rollback, run: run)
            request.header.parent = Site.run
            return request
        }
        let third = RunID(random: 5, 6)
        let later = LaterRun(
            node: "n1", run: third, kind: .rollback, runbook: "test", parent: Site.run, time: 2)
        var number = 2
        while true {
            let site = Site()
            let log = MemoryLog()
            _ = try await site.apply(runbook, log: log)
            let own = MemoryLog(break: .after(number))
            _ = try? await site.engine(own).rollback(request(site, Self.second), past: site.past(log), later: [])
            if own.runState.ending != nil { break }
            let other = MemoryLog()
            let forced = try await site.engine(other).rollback(
                request(site, third), past: site.past(log), later: [Self.own], rollbacks: [own.runState], force: true)
            #expect(forced.ending?.exitStatus == 0, "killed at commit \(number)")
            let counters = site["n1"].counters
            let state = try await site.engine(MemoryLog(after: own)).resume(
                request(site, Self.second), past: site.past(own), undone: site.past(log), later: [Self.own, later],
                rollbacks: [own.runState, other.runState])
            #expect(state.ending?.exitStatus == 0, "killed at commit \(number)")
            #expect(site["n1"].counters == counters, "killed at commit \(number)")
            #expect(site["n1"].values == ["state": "bad"], "killed at commit \(number)")
            number += 1
        }
        #expect(number > 6)
    }

    /// A drain whose undo fails where a fault says so, and a step whose undo fails until the node is mended.
    private static let drained: [Step] = [
        .of("drain", .drain(DrainVerb(reason: .text("test")))),
        .run("one", "set one yes", undo: "is mended yes\n|| exit 3\nunset one"),
    ]

    @Test func whatFailedInTheUndoneRunIsNoFailureOfTheRollback() async throws {
        let runbook = Runbook.test(
            steps: Self.drained + [Step.setting("state", to: "good")], always: [.of("undrain", .undrain(UndrainVerb()))]
        )
        let site = Site()
        site["n1"].add(FakeFault(.ends(.exited(7)), at: .step(4)))
        let log = MemoryLog()
        let applied = try await site.apply(runbook, log: log)
        #expect(applied.end("n1") == .failed)
        #expect(applied.text("n1").contains("'undrain' of `always` failed"))
        var request = site.request(runbook, kind: .rollback, run: Self.second)
        request.header.parent = Site.run
        let state = try await site.engine(MemoryLog()).rollback(request, past: site.past(log), later: [])
        #expect(state.end("n1") == .rollbackFailed)
        let undo = state.nodes["n1"]?.outcome?.failedUndo
        #expect(undo?.step == "one")
        #expect(undo?.exitStatus == 3)
        #expect(undo?.invocation?.run == Self.second)
        #expect(undo?.undone == ["set state"])
        #expect(undo?.standing == ["drain", "one"])
    }

    @Test func ofTwoUndosThatFailedTheOneThatWasToComeFirstIsTold() async throws {
        let runbook = Runbook.test(
            steps: Self.drained + [Step.run("break", "fail", undo: "print x")],
            always: [.of("undrain", .undrain(UndrainVerb(after: .always)))])
        let site = Site()
        site["n1"].add(FakeFault(.ends(.exited(7)), at: .step(4)))
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rollbackFailed)
        #expect(state.text("n1").contains("'drain', 'one' could not be undone: it ended with status 3"))
        let undo = state.nodes["n1"]?.outcome?.failedUndo
        #expect(undo?.step == "one")
        #expect(undo?.exitStatus == 3)
        #expect(undo?.undone == ["break"])
    }

    @Test func anotherRunsChangeStandsInTheWayBesidesAnEarlierRollback() async throws {
        try await halfUndone { site, first, roll in
            let other = LaterRun(
                node: "n1", run: RunID(random: 7, 7), kind: .apply, runbook: "other", parent: nil, time: 0)
            let refused = try await roll([Self.own, other], [first])
            #expect(refused.end("n1") == .skipped)
            #expect(refused.text("n1").contains("other"))
            #expect(site["n1"].counters["first"] == 1)
        }
    }

    @Test func anEarlierRollbackOfWhichNobodyKnowsTheEndIsToBeResumed() async throws {
        try await halfUndone { site, first, roll in
            var open = first
            let id = InvocationID(run: Self.second, target: 0, step: 3, attempt: 2)
            open.apply(
                RecordedEvent(
                    run: Self.second, sequence: 1000, time: 1,
                    event: .stepIntended(
                        node: "n1",
                        StepIntent(
                            id: id, name: "first", purpose: .undo, verb: "run", scriptDigest: "", effect: .once,
                            bootID: "", machineID: ""))))
            let refused = try await roll([Self.own], [open])
            #expect(refused.end("n1") == .skipped)
            #expect(refused.nodes["n1"]?.outcome?.hint?.contains("runbook resume \(Self.second.short)") == true)
            #expect(site["n1"].counters["first"] == 1)
        }
    }

    @Test func anUndoWhoseConnectionBreaksIsTakenUpAgain() async throws {
        for kind in [FakeFault.Kind.lostBeforeClaim, .lostBeforeStart, .lostBeforeEnd] {
            let site = Site(values: ["state": "bad", "level": "7"])
            let runbook = Runbook.test(steps: [
                .setting("level", to: "9", effect: .idempotent), .run("break", "fail", undo: "print x"),
            ])
            // Undos have the step's number plus the number of steps.
            site["n1"].add(FakeFault(kind, at: .step(2)))
            let state = try await site.apply(runbook)
            #expect(state.end("n1") == .rolledBack)
            #expect(site["n1"].values == ["state": "bad", "level": "7"])
        }
    }
}
