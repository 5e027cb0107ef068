import Model
import Testing

@testable import Engine

@Suite struct ForecastTests {
    static func program(predict: Bool) -> StepProgram {
        StepProgram(
            predict: predict ? StepProgram.Script("x") : nil, capture: nil, apply: StepProgram.Script("x"), undo: nil,
            grade: .exact, effect: .idempotent, location: .target, summary: "", undoSummary: "")
    }

    static func report(_ kind: Prediction.Kind) -> PredictionReport {
        let status: Int32 = kind == .noChange ? 0 : kind == .change ? 1 : 127
        return PredictionReport(of: program(predict: true), standardOutput: [], outcome: .exited(status))
    }

    /// What is expected of `step` after steps with these predictions.
    static func predict(
        _ step: Step, after earlier: [(Step, Prediction.Kind)], answer: Prediction.Kind, applies: Truth = .yes
    ) -> Prediction.Kind {
        let runbook = Runbook.test(steps: earlier.map(\.0) + [step])
        let list = StepList(runbook) { _, _ in 1 }
        var forecast = Forecast(list)
        for (_, kind) in earlier { forecast.append(Prediction(kind)) }
        return forecast.prediction(
            of: list.slots[earlier.count], applies: applies, reason: "", report: report(answer)
        ).kind
    }

    static let setting = Step.of(
        "setting", .setting(SettingVerb(get: "x", set: "y", value: .text("z"))))
    static let package = Step.of("package", .package(PackageVerb(names: [.same(.text("p"))])))
    static let file = Step.of("file", .file(FileVerb(path: .text("/x"), content: .absent)))

    @Test(arguments: Prediction.Kind.allCases)
    func aSettingIsUnknownAfterAPackageThatIsNotPredictedNoChange(earlier: Prediction.Kind) {
        let unsettles = earlier == .change || earlier == .unknown
        #expect(
            Self.predict(Self.setting, after: [(Self.package, earlier)], answer: .change)
                == (unsettles ? .unknown : .change))
        #expect(
            Self.predict(Self.setting, after: [(Self.package, earlier)], answer: .noChange)
                == (unsettles ? .unknown : .noChange))
        // Other typed verbs depend only on what they refer to.
        #expect(Self.predict(Self.file, after: [(Self.package, earlier)], answer: .change) == .change)
        // And a file unsettles nothing.
        #expect(Self.predict(Self.setting, after: [(Self.file, earlier)], answer: .change) == .change)
    }

    @Test func dependsReplacesTheRule() {
        var alone = Self.setting
        alone.depends = []
        #expect(Self.predict(alone, after: [(Self.package, .change)], answer: .noChange) == .noChange)
        var onFile = Self.setting
        onFile.depends = ["file"]
        #expect(
            Self.predict(onFile, after: [(Self.package, .change), (Self.file, .noChange)], answer: .change) == .change)
        #expect(
            Self.predict(onFile, after: [(Self.package, .change), (Self.file, .change)], answer: .change) == .unknown)
        var file = Self.file
        file.depends = ["package"]
        #expect(Self.predict(file, after: [(Self.package, .unknown)], answer: .noChange) == .unknown)
    }

    @Test func aCheckedRunIsUnsettledAndAnUncheckedOneIsNot() {
        let checked = Step.run("checked", "x", check: "y")
        #expect(Self.predict(checked, after: [(.run("before", "x"), .change)], answer: .noChange) == .unknown)
        #expect(Self.predict(.run("plain", "x"), after: [(.run("before", "x"), .change)], answer: .change) == .change)
        #expect(
            Self.predict(checked, after: [(.of("reboot", .reboot(RebootVerb())), .change)], answer: .change) == .unknown
        )
    }

    @Test(arguments: [(Prediction.Kind.change, Prediction.Kind.unknown), (.noChange, .noChange), (.unknown, .unknown)])
    func aConditionThatIsNotKnownYetMakesAChangeUnknown(answer: Prediction.Kind, expected: Prediction.Kind) {
        #expect(Self.predict(Self.file, after: [], answer: answer, applies: .unknown) == expected)
    }

    @Test func laterRungsAreUnknown() {
        let ladder = Step.of("ladder", .escalate(EscalateVerb(rungs: [Self.file, .run("two", "x", check: "y")])))
        let list = StepList(.test(steps: [ladder])) { _, _ in 1 }
        var forecast = Forecast(list)
        let first = forecast.prediction(of: list.slots[0], applies: .yes, reason: "", report: Self.report(.change))
        #expect(first.kind == .change)
        forecast.append(first)
        let second = forecast.prediction(of: list.slots[1], applies: .yes, reason: "", report: Self.report(.change))
        #expect(second.kind == .unknown)
    }
}
