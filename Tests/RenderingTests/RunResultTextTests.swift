import Model
import Testing

@testable import runbook

/// The end of a run for people.
@Suite struct RunResultTextTests {
    private func lines(_ run: StagedRun, lastLines: [InvocationID: [String]] = [:]) -> [String] {
        RunResultText(state: run.state, style: .plain, lastLines: lastLines).lines
    }

    /// The table's rows from the first outcome to the total, with their number of nodes: the first number of each.
    private func counts(_ lines: [String]) throws -> [(row: String, count: Int)] {
        let head = try #require(lines.firstIndex { $0.hasPrefix("OUTCOME") })
        let total = try #require(lines.firstIndex { $0.hasPrefix("total") })
        return try lines[(head + 1)...total].map { line in
            let count = try #require(line.split(separator: " ").compactMap { Int($0) }.first)
            return (row: line, count: count)
        }
    }

    @Test(arguments: [1, 2048], [true, false])
    func theCountsOfTheTableSumToTheTargets(nodes: Int, isFinished: Bool) throws {
        var run = StagedRun(nodes)
        let classes = OutcomeClass.allCases
        // The last node of an interrupted run has not ended.
        for (index, name) in run.names.enumerated() where isFinished || index < nodes - 1 {
            run.end(name, NodeOutcome(classes[index % classes.count], text: "it is so"))
        }
        if isFinished { run.finish() }
        let rows = try counts(lines(run))
        #expect(rows.last?.count == nodes)
        #expect(rows.dropLast().reduce(0) { $0 + $1.count } == nodes)
        #expect(rows.contains { $0.row.hasPrefix("not done") } == !isFinished)
        #expect(rows.count == min(nodes, classes.count) + 1 || !isFinished)
        // Each row names its nodes.
        let healthy = NodeSet(names: run.state.nodes(in: [.healthy]))
        #expect(healthy.isEmpty || rows[0].row.contains(" \(healthy.folded) "))
    }

    @Test func columnsStandBelowEachOtherWhateverTheNames() throws {
        var run = StagedRun(["gpu-" + String(repeating: "x", count: 200), "n1"])
        run.end(run.names[0], NodeOutcome(.healthy))
        run.end("n1", NodeOutcome(.remediated))
        let shown = lines(run)
        let places = try ["MEANING", "nothing to do", "repaired and verified"].map { (words: String) -> Int in
            let line = try #require(shown.first { $0.contains(words) })
            let place = try #require(line.firstRange(of: words))
            return line.distance(from: line.startIndex, to: place.lowerBound)
        }
        #expect(Set(places).count == 1, "\(shown)")
    }

    @Test(arguments: [2, 2048])
    func theSameFailureOfManyIsOneEntryUnderTheirNodeSet(nodes: Int) {
        var run = StagedRun(nodes)
        var last: [InvocationID: [String]] = [:]
        for name in run.names {
            let id = run.invocation(name)
            last[id] = ["no space left", "on /srv"]
            run.end(
                name,
                NodeOutcome(
                    .failed, text: "On \(name) it ended with 3.", hint: "Make room.", step: "install", invocation: id,
                    irreversible: ["install"]))
        }
        run.finish()
        let all = NodeSet(names: run.names).folded
        #expect(
            lines(run, lastLines: last).prefix(8) == [
                "", "\(all): failed in step 'install'", "    On n0001 it ended with 3.", "    | no space left",
                "    | on /srv", "    not undone, because it can't be: install", "    Make room.",
                "    all of its output: runbook logs 3f9c12ab --nodes '\(all)' --step 'install'",
            ])
    }

    @Test func aFailedUndoSaysHowTheNodesAreLeftAndWhatGoesOn() {
        var run = StagedRun(4)
        var last: [InvocationID: [String]] = [:]
        for name in run.names.prefix(3) {
            let (step, undo) = (run.invocation(name, step: 2), run.invocation(name, step: 4))
            last[step] = ["cannot go on"]
            last[undo] = ["no such volume"]
            run.end(
                name,
                NodeOutcome(
                    .rollbackFailed, text: "It failed. 'one' could not be undone: it ended with status 3.",
                    step: "break", invocation: step,
                    failedUndo: FailedUndo(
                        step: "one", text: "it ended with status 3", invocation: undo, exitStatus: 3,
                        wasChangedSince: name == "n0003", undone: ["two"], standing: ["one", "zero"])))
        }
        run.end("n0004", NodeOutcome(.remediated))
        run.finish()
        let shown = lines(run, lastLines: last)
        let logs = "runbook logs 3f9c12ab --nodes 'n[0001-0002]' --step"
        #expect(
            shown.prefix(10) == [
                "", "n[0001-0002]: rollback_failed in step 'break'",
                "    It failed. 'one' could not be undone: it ended with status 3.", "    | cannot go on",
                "    the undo of 'one' (exit status 3):", "    | no such volume", "    put back: two",
                "    still changed: one, zero", "    all of its output: \(logs) 'break'",
                "    all of the undo's: \(logs) 'one'",
            ])
        #expect(
            shown.suffix(3) == [
                "To undo it:          runbook rollback 3f9c12ab",
                "To go on undoing:    runbook rollback 3f9c12ab --nodes 'n[0001-0002]'",
                "To force the undo:   runbook rollback 3f9c12ab --nodes 'n0003' --force",
            ])
    }

    /// Another output, step, text or outcome is another failure.
    @Test func whatDiffersIsNotFolded() {
        var run = StagedRun(5)
        let last = Dictionary(
            uniqueKeysWithValues: run.names.map { (run.invocation($0), [$0 == "n0002" ? "other" : "same"]) })
        let ends: [(name: String, step: String, text: String, outcome: OutcomeClass)] = [
            ("n0001", "a", "it failed", .failed), ("n0002", "a", "it failed", .failed),
            ("n0003", "b", "it failed", .failed), ("n0004", "a", "it ended", .failed),
            ("n0005", "a", "it failed", .rolledBack),
        ]
        for (name, step, text, outcome) in ends {
            run.end(name, NodeOutcome(outcome, text: text, step: step, invocation: run.invocation(name)))
        }
        run.finish()
        let shown = lines(run, lastLines: last)
        let heads = shown.filter { $0.contains(" in step '") }
        #expect(
            heads == [
                "n0001: failed in step 'a'", "n0002: failed in step 'a'", "n0003: failed in step 'b'",
                "n0004: failed in step 'a'", "n0005: rolled_back in step 'a'",
            ])
        #expect(shown.filter { $0 == "    | same" }.count == 4)
        #expect(shown.filter { $0 == "    | other" }.count == 1)
    }

    /// Nothing is cut: whoever reads the end of a run has nothing else to look at.
    @Test func thousandsOfLongFailuresAreAllThere() {
        var run = StagedRun(2048)
        let long = String(repeating: "a long story, ", count: 20)
        for (index, name) in run.names.enumerated() {
            run.end(name, NodeOutcome(.failed, text: "\(long)part \(index)"))
        }
        run.finish()
        let shown = lines(run)
        #expect(shown.filter { $0.hasSuffix(": failed") }.count == 2048)
        for index in [0, 1000, 2047] { #expect(shown.contains("    \(long)part \(index)")) }
    }

    @Test func thoseThatAreWellAreNotListedAsFailures() {
        var run = StagedRun(3)
        for (name, outcome) in zip(run.names, [OutcomeClass.healthy, .remediated, .advised]) {
            run.end(name, NodeOutcome(outcome, text: "it is so"))
        }
        run.finish()
        #expect(!lines(run).contains { $0.contains("it is so") })
    }

    @Test func aNodeThatWasNotBegunSaysWhyUnlessTheRunSaysIt() {
        var run = StagedRun(3)
        run.tell(.stopping(reason: "1 failure"))
        run.end("n0001", NodeOutcome(.notStarted, text: "1 failure"))
        for name in ["n0002", "n0003"] {
            run.end(
                name,
                NodeOutcome(
                    .notStarted, text: "Run 12345678 holds the node.", hint: "See it with: runbook show 12345678"))
        }
        run.finish()
        let shown = lines(run)
        #expect(
            shown.prefix(4) == [
                "", "n[0002-0003]: not_started", "    Run 12345678 holds the node.",
                "    See it with: runbook show 12345678",
            ])
        #expect(shown.filter { $0.contains("1 failure") } == ["Stopped: 1 failure"])
    }

    @Test func itSaysWhatGoesOnFromHere() {
        var run = StagedRun(3)
        run.end("n0001", NodeOutcome(.remediated))
        run.end("n0002", NodeOutcome(.failed))
        #expect(
            lines(run).suffix(2) == [
                "Run 3f9c12ab was interrupted after 2 s.", "To go on with it:    runbook resume 3f9c12ab",
            ])
        run.end("n0003", NodeOutcome(.notStarted))
        run.tell(.stopping(reason: "1 failure"))
        run.finish()
        #expect(
            lines(run).suffix(4) == [
                "Stopped: 1 failure", "Run 3f9c12ab took 5 s.",
                "To go on with these: runbook apply fix --from-run 3f9c12ab --state failed,not_started",
                "To undo it:          runbook rollback 3f9c12ab",
            ])
    }

    @Test func aRunThatWaitsSaysForWhat() {
        var run = StagedRun(1)
        run.carryOut([run.names])
        run.tell(.stopping(reason: "Approval of 2 persons is needed."))
        run.tell(.phaseChanged(.waitingApproval))
        #expect(
            lines(run).suffix(4) == [
                "Run 3f9c12ab waits: Approval of 2 persons is needed.", "Its plan is d.",
                "To approve it:       runbook approve 3f9c12ab",
                "It goes on by itself. To end it: runbook cancel 3f9c12ab",
            ])
    }

    @Test func noTextOfARunActsOnATerminal() {
        let hostile = "\u{1B}]0;owned\u{7}\u{9B}2J\r\u{202E}\u{2028}gnp.exe"
        var run = StagedRun(1)
        let (id, undo) = (run.invocation("n0001"), run.invocation("n0001", step: 1))
        run.tell(
            .advised(
                node: "n0001",
                Advice(
                    step: hostile, title: hostile, severity: .critical, text: hostile, patch: hostile,
                    evidence: [hostile])))
        run.end(
            "n0001",
            NodeOutcome(
                .failed, text: hostile, hint: hostile, step: hostile, invocation: id, irreversible: [hostile],
                failedUndo: FailedUndo(
                    step: hostile, text: hostile, invocation: undo, undone: [hostile], standing: [hostile])))
        run.tell(.stopping(reason: hostile))
        run.finish()
        let shown = lines(run, lastLines: [id: [hostile], undo: [hostile]]).joined(separator: "\n")
        let acting: Set<Unicode.Scalar> = ["\u{1B}", "\u{7}", "\u{9B}", "\r", "\u{202E}", "\u{2028}"]
        #expect(!shown.unicodeScalars.contains { acting.contains($0) }, "\(shown.debugDescription)")
        #expect(shown.ranges(of: "\\u{202e}").count >= 10, "\(shown)")
    }
}
