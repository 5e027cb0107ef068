import Model
import Testing

@testable import Rehearsal

/// What a plan said of a step, and what became of it.
@Suite struct SurpriseTests {
    private func plan(_ kind: Prediction.Kind, verb: String, grade: UndoGrade = .none) -> Plan {
        let step = PlannedStep(index: 0, name: "mend it", verb: verb, gate: .none, causes: [], summary: "", undo: "")
        return .staged([step], [Prediction(kind, grade: grade)], survey: Survey(verdict: .broken), gate: .none)
    }

    /// Nil for a step that nothing was told of.
    private func run(_ status: StepEnding.Status?) -> FakeRun {
        var run = FakeRun(1, .apply)
        if let status {
            let ending = StepEnding(id: run.invocation(0), name: "mend it", purpose: .apply, status: status)
            run.tell(.stepEnded(node: FakeSite.node, ending))
        }
        return run
    }

    @Test(arguments: Prediction.Kind.allCases, [nil] + StepEnding.Status.allCases.map(Optional.some))
    func aStepThatDidOtherwiseThanItsPlanIsASurprise(kind: Prediction.Kind, status: StepEnding.Status?) {
        let expected: Set<StepEnding.Status> =
            switch kind {
            case .change: [.changed]
            case .noChange: [.unchanged, .skipped]
            case .skipped: [.skipped]
            case .unknown: Set(StepEnding.Status.allCases)
            }
        let surprises = FaultRehearsal.surprises(
            plan(kind, verb: "run"), RunState(run(status).events), [FakeSite.node])
        #expect(surprises.isEmpty == expected.contains(status ?? .skipped))
        let advice = FaultRehearsal.surprises(
            plan(kind, verb: "advise"), RunState(run(status).events), [FakeSite.node])
        #expect(advice == [])
    }

    @Test(arguments: Verification.Result.allCases, ["run", "undrain"])
    func aNodeBehindWhoseMendSomethingShowsMayStayDrained(result: Verification.Result, verb: String) {
        var run = run(.skipped)
        run.tell(.verified(node: FakeSite.node, Verification(result)))
        let surprises = FaultRehearsal.surprises(plan(.change, verb: verb), RunState(run.events), [FakeSite.node])
        #expect(surprises.isEmpty == (result == .behind && verb == "undrain"))
    }

    @Test(arguments: [nil] + StepEnding.Status.allCases.map(Optional.some))
    func whereThePlanHasNothingToDoAnyStepIsASurprise(status: StepEnding.Status?) {
        var silent = plan(.change, verb: "run")
        silent.targets[0].predictions = []
        var narrow = silent
        narrow.targets = []
        for plan in [silent, narrow] {
            let surprises = FaultRehearsal.surprises(plan, RunState(run(status).events), [FakeSite.node])
            #expect(surprises.isEmpty == (status == nil || status == .skipped))
        }
    }

    @Test(arguments: UndoGrade.allCases)
    func onlyAStepThatChangedSomethingIsMissedInARollback(grade: UndoGrade) {
        func names(_ status: StepEnding.Status?) -> [String]? {
            let outcome = ProgramOutcome(
                result: ChildProcess.Result(status: 0, output: "", error: ""), events: run(status).events,
                plan: plan(.change, verb: "run", grade: grade))
            return FaultRehearsal.irreversible(outcome, [FakeSite.node])[FakeSite.node]
        }
        #expect(names(.changed) == (grade == .irreversible ? ["mend it"] : []))
        #expect(names(.unchanged) == [])
        #expect(names(nil) == [])
    }

    @Test func aStepThatTheRunHasUndoneItselfIsNotMissedInARollback() {
        var run = run(.changed)
        let undo = StepEnding(id: run.invocation(1), name: "mend it", purpose: .undo, status: .changed)
        run.tell(.stepEnded(node: FakeSite.node, undo))
        let outcome = ProgramOutcome(
            result: ChildProcess.Result(status: 0, output: "", error: ""), events: run.events,
            plan: plan(.change, verb: "run", grade: .irreversible))
        #expect(FaultRehearsal.irreversible(outcome, [FakeSite.node]) == [FakeSite.node: []])
    }
}
