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
