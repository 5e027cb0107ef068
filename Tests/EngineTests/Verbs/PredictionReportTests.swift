import Engine
import Model
import Testing

@Suite("Prediction reports")
struct PredictionReportTests {
    func report(_ text: String, _ outcome: InvocationOutcome = .exited(1), grade: UndoGrade = .exact)
        -> PredictionReport
    {
        let script = StepProgram.Script("true")
        let program = StepProgram(
            predict: script, predictsInLines: true, capture: nil, apply: script, undo: script, grade: grade,
            effect: .idempotent, location: .target, summary: "x", undoSummary: "y")
        return PredictionReport(of: program, standardOutput: Array(text.utf8), outcome: outcome)
    }

    @Test("lines are read, and the rest after `diff` is kept as it is")
    func lines() {
        let report = report(
            "before a b\nafter \nbefore-digest 12\nafter-digest 34\nundo irreversible gone for good\nnoise\ndiff\n-a\n+diff\nbefore x\n"
        )
        #expect(report.kind == .change)
        #expect(report.before == "a b")
        #expect(report.after == "")
        #expect(report.beforeDigest == "12")
        #expect(report.afterDigest == "34")
        #expect(report.grade == .irreversible)
        #expect(report.undo == "gone for good")
        #expect(report.diff == "-a\n+diff\nbefore x\n")
        let prediction = report.prediction(programDigest: "56")
        #expect(prediction.kind == .change)
        #expect(prediction.programDigest == "56")
        #expect(prediction.diff == report.diff)
    }

    @Test("a node can only lower what an undo is worth")
    func grade() {
        #expect(report("undo exact\n", grade: .compensating).grade == .compensating)
        #expect(report("undo compensating x\n").grade == .compensating)
        #expect(report("undo wonderful\n").grade == .exact)
        #expect(report("undo exact\n", grade: .irreversible).grade == .irreversible)
    }

    @Test(
        "only an answer is an answer",
        arguments: [
            (InvocationOutcome.exited(0), Prediction.Kind.noChange), (.exited(1), .change), (.exited(125), .change),
            (.exited(126), .unknown), (.exited(127), .unknown), (.exited(137), .unknown), (.timedOut, .unknown),
            (.cancelled, .unknown), (.outputLimitExceeded, .unknown), (.notStarted(reason: "busy"), .unknown),
            (.lost(reason: "cut"), .unknown),
        ])
    func outcomes(outcome: InvocationOutcome, kind: Prediction.Kind) {
        let report = report("before x\n", outcome)
        #expect(report.kind == kind)
        #expect((kind == .unknown) == !report.reason.isEmpty)
        #expect(report.grade == (kind == .noChange ? .none : .exact))
    }

    @Test("a script's own reason comes first")
    func reason() {
        #expect(report("reason there is no user x\n", .exited(126)).reason == "there is no user x")
        #expect(report("", .lost(reason: "cut")).reason == "cut")
        #expect(report("\u{FF}\n\n \nundo\nbefore").kind == .change)
    }
}
