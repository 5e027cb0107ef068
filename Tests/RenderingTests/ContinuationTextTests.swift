import ArgumentParser
import Model
import Testing

@testable import runbook

/// The commands that the end of a run offers for those of its nodes that did not end well.
@Suite struct ContinuationTextTests {
    private static let parent = RunID(random: 0xabcd_ef01_0000_0000, 1)

    /// A finished run whose nodes ended so.
    private func ended(_ kind: RunHeader.Kind, _ outcomes: [NodeOutcome]) -> StagedRun {
        var run = StagedRun(outcomes.count, kind: kind, parent: kind == .rollback ? Self.parent : nil)
        for (name, outcome) in zip(run.names, outcomes) { run.end(name, outcome) }
        run.finish()
        return run
    }

    private func ended(_ kind: RunHeader.Kind, as classes: [OutcomeClass]) -> StagedRun {
        ended(kind, classes.map { NodeOutcome($0) })
    }

    private func offers(_ run: StagedRun) -> [String] {
        RunResultText(state: run.state, style: .plain).lines.filter { $0.hasPrefix("To ") }
    }

    @Test(arguments: [RunHeader.Kind.plan, .diagnose])
    func aRunThatOnlyLooksIsMadeAgainWhereItCouldNotTell(kind: RunHeader.Kind) {
        #expect(
            offers(ended(kind, as: [.healthy, .broken, .unreachable, .inconclusive])) == [
                "To go on with these: runbook \(kind.rawValue) fix --from-run 3f9c12ab --state unreachable,inconclusive"
            ])
        #expect(offers(ended(kind, as: [.healthy, .broken])) == [])
    }

    @Test func whereNobodyCanTellOnlyTheRunItselfGoesOn() {
        #expect(offers(ended(.apply, as: [.healthy, .unknown])) == ["To resume it:        runbook resume 3f9c12ab"])
        #expect(
            offers(ended(.apply, as: [.remediated, .failed, .unknown])) == [
                "To go on with these: runbook apply fix --from-run 3f9c12ab --state failed",
                "To resume it:        runbook resume 3f9c12ab", "To undo it:          runbook rollback 3f9c12ab",
            ])
        #expect(
            offers(ended(.apply, [NodeOutcome(.failed, isHeld: true)])) == [
                "To go on with these: runbook apply fix --from-run 3f9c12ab --state failed",
                "To resume it:        runbook resume 3f9c12ab",
            ])
        // A command is not resumed.
        #expect(
            offers(ended(.exec, as: [.skipped, .unknown])) == [
                "To go on with these: runbook exec --from-run 3f9c12ab --state skipped,unknown -- COMMAND"
            ])
    }

    /// One node of two has ended.
    private func interrupted(_ kind: RunHeader.Kind) -> StagedRun {
        var run = StagedRun(2, kind: kind, parent: kind == .rollback ? Self.parent : nil)
        run.end("n0001", NodeOutcome(.healthy))
        return run
    }

    @Test(arguments: [
        (RunHeader.Kind.apply, "To go on with it:    runbook resume 3f9c12ab"),
        (.rollback, "To go on with it:    runbook resume 3f9c12ab"),
        (.plan, "To start it again:   runbook plan fix --nodes 'n0002'"),
        (.diagnose, "To start it again:   runbook diagnose fix --nodes 'n0002'"),
        (.exec, "To start it again:   runbook exec --nodes 'n0002' -- COMMAND"),
    ])
    func whatWasInterruptedIsResumedWhereThatIsPossible(kind: RunHeader.Kind, line: String) {
        #expect(offers(interrupted(kind)) == [line])
    }

    private static let rollback = RunID(random: 0x5566_7788_0000_0000, 1)

    /// What `rollback` has touched: on `whole` nothing is left to undo, on `begun` something is.
    private func undone(_ whole: [String], begun: [String] = []) -> UndoneNodes {
        let names = whole + begun
        var events: [RunEvent] = [
            .runStarted(
                RunHeader(
                    id: Self.rollback, kind: .rollback, runbook: "fix", runbookVersion: 1,
                    targets: NodeSet(names: names), selector: "@*", parameters: [:],
                    requester: Requester(user: "op", userID: 1, sudoUser: nil, host: "h", sshClient: nil),
                    parent: StagedRun.id, program: "1"))
        ]
        for name in whole { events.append(.nodeFinished(node: name, NodeOutcome(.rolledBack))) }
        for name in begun { events.append(.nodeFinished(node: name, NodeOutcome(.rollbackFailed))) }
        var state = RunState()
        for (index, event) in events.enumerated() {
            state.apply(RecordedEvent(run: Self.rollback, sequence: index + 1, time: index + 1, event: event))
        }
        let later = names.map {
            LaterRun(node: $0, run: Self.rollback, kind: .rollback, runbook: "fix", parent: StagedRun.id, time: 1)
        }
        return UndoneNodes(of: StagedRun.id, later: later, rollbacks: [state])
    }

    @Test func whatARollbackHasTouchedIsNotResumed() {
        func offers(_ run: StagedRun, _ undone: UndoneNodes) -> [String] {
            RunResultText(state: run.state, style: .plain, undone: undone).lines.filter { $0.hasPrefix("To ") }
        }
        let again = "To apply it again:   runbook apply fix --from-run 55667788 --state rolled_back"
        let resumption = "To resume it:        runbook resume 3f9c12ab"
        #expect(offers(interrupted(.apply), undone(["n0002"])) == [again])
        #expect(
            offers(interrupted(.apply), undone([], begun: ["n0002"])) == [
                "To go on undoing:    runbook rollback 3f9c12ab --nodes 'n0002'"
            ])
        let unknown = ended(.apply, as: [.unknown, .unknown])
        #expect(offers(unknown, undone(["n0001"])) == [resumption, again])
        #expect(offers(unknown, undone(["n0001", "n0002"])) == [again])
        #expect(
            offers(ended(.apply, [NodeOutcome(.failed, isHeld: true)]), undone(["n0001"])) == [
                "To go on with these: runbook apply fix --from-run 3f9c12ab --state failed"
            ])
    }

    @Test func aRunThatGoesOnIsNotCalledInterrupted() {
        let run = interrupted(.apply)
        let lines = RunResultText(state: run.state, style: .plain, isGoingOn: true).lines
        #expect(
            lines.suffix(2) == ["Run 3f9c12ab goes on.", "To follow it:        runbook logs 3f9c12ab --follow"])
        #expect(!lines.contains { $0.contains("interrupted") || $0.contains("resume") })
    }

    @Test func anUndoIsTriedAgainOnTheRunThatItUndoes() {
        let held = NodeOutcome(.rollbackFailed, holder: Self.parent.description)
        let run = ended(
            .rollback,
            [
                NodeOutcome(.rolledBack), NodeOutcome(.unreachable), NodeOutcome(.rollbackFailed), held,
                NodeOutcome(.notStarted), NodeOutcome(.skipped),
                NodeOutcome(.rollbackFailed, failedUndo: FailedUndo(step: "a", text: "", wasChangedSince: true)),
            ])
        #expect(
            offers(run) == [
                "To go on with these: runbook rollback abcdef01 --nodes 'n[0002-0005]'",
                "To force the undo:   runbook rollback abcdef01 --nodes 'n0007' --force",
            ])
        #expect(offers(ended(.rollback, as: [.rolledBack, .healthy])) == [])
    }

    @Test(arguments: RunHeader.Kind.allCases)
    func eachCommandIsOneThatTheProgramTakes(kind: RunHeader.Kind) throws {
        let lines = offers(ended(kind, as: OutcomeClass.allCases)) + offers(interrupted(kind))
        #expect(lines.count > 1)
        for line in lines {
            let words = line.replacing("'", with: "").split(separator: " ").map(String.init)
            let place = try #require(words.firstIndex(of: "runbook"))
            let rest = Array(words.dropFirst(place + 2))
            switch words[place + 1] {
            case "apply": _ = try ApplyCommand.parse(rest)
            case "plan": _ = try PlanCommand.parse(rest)
            case "diagnose": _ = try DiagnoseCommand.parse(rest)
            case "exec": _ = try ExecCommand.parse(rest)
            case "rollback": _ = try RollbackCommand.parse(rest)
            case "resume": _ = try ResumeCommand.parse(rest)
            default: Issue.record("\(line)")
            }
        }
    }
}
