import Model
import Testing

@testable import Engine

@Suite struct ProbeJudgementTests {
    static let context = EvaluationContext(node: Node(name: "n1"))

    static func answer(_ outcome: InvocationOutcome, _ output: String = "", _ error: String = "") -> Answer {
        Answer(outcome: outcome, standardOutput: Array(output.utf8), standardError: Array(error.utf8))
    }

    static func probe(
        healthy: Matcher? = Matcher(exit: [0]), causes: [CauseRule] = [], cause: String? = nil, lines: Bool = false
    ) -> Probe {
        Probe(
            name: "p", script: "x", healthy: healthy, causes: causes, cause: cause, answersInLines: lines,
            position: somewhere)
    }

    static func judge(_ probe: Probe, _ answer: Answer) -> ProbeJudgement {
        ProbeJudgement(probe, answer: answer, context: context)
    }

    static let nine = CauseRule(id: "nine", when: Matcher(exit: [9]))
    static let missing = CauseRule(id: "missing", when: Matcher(exit: [127]))

    @Test(arguments: [
        InvocationOutcome.timedOut, .lost(reason: "x"), .cancelled, .notStarted(reason: "x"), .outputLimitExceeded,
    ])
    func withoutAnExitStatusItIsInconclusive(outcome: InvocationOutcome) {
        // Even where everything else would fit.
        let judgement = Self.judge(Self.probe(healthy: Matcher(), cause: "c"), Self.answer(outcome))
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: [Int32(126), 127])
    func aCommandThatIsNotThereIsInconclusiveUnlessACauseNamesItsStatus(status: Int32) {
        #expect(Self.judge(Self.probe(cause: "c"), Self.answer(.exited(status))).verdict == .inconclusive)
        #expect(
            Self.judge(Self.probe(healthy: Matcher(exit: [status])), Self.answer(.exited(status))).verdict
                == .inconclusive)
        let named = Self.judge(Self.probe(causes: [Self.nine, Self.missing]), Self.answer(.exited(127)))
        #expect(named.verdict == .broken && named.causes == ["missing"])
    }

    @Test func theOrderIsHealthyThenCausesThenCauseThenBrokenThenInconclusive() {
        let both = Self.probe(healthy: Matcher(exit: [0, 9]), causes: [Self.nine])
        #expect(Self.judge(both, Self.answer(.exited(9))).verdict == .healthy)
        let first = Self.probe(causes: [Self.nine, CauseRule(id: "any", when: Matcher())])
        #expect(Self.judge(first, Self.answer(.exited(9))).causes == ["nine"])
        #expect(Self.judge(first, Self.answer(.exited(5))).causes == ["any"])
        #expect(Self.judge(Self.probe(cause: "c"), Self.answer(.exited(1))).causes == ["c"])
        let plain = Self.judge(Self.probe(), Self.answer(.exited(1)))
        #expect(plain.verdict == .broken && plain.causes.isEmpty)
        #expect(Self.judge(Self.probe(causes: [Self.nine]), Self.answer(.exited(5))).verdict == .inconclusive)
    }

    @Test(arguments: [
        ("healthy\n", Verdict.healthy, [String]()),
        ("fact a 1\nhealthy\n", .healthy, []),
        ("cause x it is bad\ncause y\n", .broken, ["x", "y"]),
        ("healthy\ncause x\n", .broken, ["x"]),
        ("cause x\ninconclusive can't tell\n", .inconclusive, []),
        ("", .inconclusive, []), ("nonsense\n", .inconclusive, []), ("fact a 1\n", .inconclusive, []),
        ("cause $(evil) x\n", .inconclusive, []), ("healthy indeed\n", .inconclusive, []),
    ])
    func linesSayWhatIsWrong(output: String, verdict: Verdict, causes: [String]) {
        let judgement = Self.judge(Self.probe(healthy: nil, lines: true), Self.answer(.exited(0), output))
        #expect(judgement.verdict == verdict)
        #expect(judgement.causes == causes)
    }

    @Test func aScriptThatASignalEndedIsNotHealthy() {
        let judgement = Self.judge(Self.probe(healthy: nil, lines: true), Self.answer(.exited(137), "healthy\n"))
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func overANodeInconclusiveWinsThenBrokenWithAllCauses() {
        let healthy = ProbeJudgement(verdict: .healthy)
        let a = ProbeJudgement(verdict: .broken, causes: ["a", "b"])
        let b = ProbeJudgement(verdict: .broken, causes: ["b", "c"])
        let open = ProbeJudgement(verdict: .inconclusive)
        #expect(ProbeJudgement.overall([]).verdict == .healthy)
        #expect(ProbeJudgement.overall([healthy, healthy]).verdict == .healthy)
        #expect(ProbeJudgement.overall([healthy, a, b]).verdict == .broken)
        #expect(ProbeJudgement.overall([healthy, a, b]).causes == ["a", "b", "c"])
        #expect(ProbeJudgement.overall([a, open]).verdict == .inconclusive)
    }

    @Test(arguments: [
        (TextMatcher(equals: .text("ok")), true), (TextMatcher(equals: .text("ok\n")), false),
        (TextMatcher(contains: .text("k")), true), (TextMatcher(matches: .text("^o.$")), true),
        (TextMatcher(matches: .text("^x")), false), (TextMatcher(empty: false), true),
        (TextMatcher(empty: true), false),
        (TextMatcher(lines: .literal(.int(1))), true), (TextMatcher(lines: .literal(.int(2))), false),
        (TextMatcher(atLeast: .literal(.int(0))), false),
    ])
    func textIsMatchedWithoutItsTrailingNewlines(matcher: TextMatcher, fits: Bool) throws {
        let answer = Self.answer(.exited(0), "ok\n\n")
        #expect(try Matcher(standardOutput: matcher).fits(answer, in: Self.context) == fits)
    }

    @Test(arguments: [("4", true), ("5", true), ("6", false), ("x", false), ("", false)])
    func numbersAreCompared(output: String, fits: Bool) throws {
        let matcher = Matcher(standardOutput: TextMatcher(atLeast: .literal(.int(4)), atMost: .literal(.float(5.5))))
        #expect(try matcher.fits(Self.answer(.exited(0), output), in: Self.context) == fits)
    }

    @Test(arguments: [
        ("a.b[1].c", Value.int(3), true), ("a.b[1].c", .string("3"), false), ("a.n", .null, true),
        ("a.t", .bool(true), true), ("a.s", .string("x"), true), ("a.b[9]", .null, false), ("z", .null, false),
    ])
    func aPathLeadsIntoJSON(path: String, value: Value, fits: Bool) throws {
        let text = #"{"a": {"b": [1, {"c": 3}], "n": null, "t": true, "s": "x"}}"#
        let matcher = Matcher(standardOutput: TextMatcher(json: JSONMatcher(path: path, equals: .literal(value))))
        #expect(try matcher.fits(Self.answer(.exited(0), text), in: Self.context) == fits)
        #expect(try !matcher.fits(Self.answer(.exited(0), "no json"), in: Self.context))
    }

    /// Of so much output no more is kept, so what ends here goes on perhaps.
    private static let cutOutput = String(repeating: "x", count: Answer.keptBytes - 4) + "ok\n\n"

    @Test(arguments: [("ok$", Verdict.inconclusive), ("^x+ok", .healthy), ("no", .inconclusive), ("^no", .broken)])
    func theEndOfAnAnswerThatWasCutIsNotKnown(pattern: String, verdict: Verdict) {
        let matcher = Matcher(exit: [0], standardOutput: TextMatcher(matches: .text(pattern)))
        let answer = Self.answer(.exited(0), Self.cutOutput)
        #expect(Self.judge(Self.probe(healthy: matcher), answer).verdict == verdict)
        #expect(Self.judge(Self.probe(healthy: matcher), Self.answer(.exited(1), Self.cutOutput)).verdict == .broken)
        let short = Self.judge(
            Self.probe(healthy: matcher), Self.answer(.exited(0), String(Self.cutOutput.dropFirst())))
        #expect(short.verdict == (pattern.contains("no") ? .broken : .healthy))
    }

    @Test(arguments: [
        (TextMatcher(contains: .text("xok")), Verdict.healthy), (TextMatcher(contains: .text("no")), .inconclusive),
        (TextMatcher(lines: .literal(.int(9))), .inconclusive), (TextMatcher(lines: .literal(.int(2))), .broken),
        (TextMatcher(json: JSONMatcher(path: "a", equals: .literal(.int(1)))), .inconclusive),
        (TextMatcher(equals: .text("ok")), .broken), (TextMatcher(empty: true), .broken),
        (TextMatcher(contains: .text("no"), matches: .text("^no")), .broken),
    ])
    func whatIsMissingOfAnAnswerThatWasCutDecidesNothing(text: TextMatcher, verdict: Verdict) {
        let probe = Self.probe(healthy: Matcher(standardOutput: text))
        #expect(Self.judge(probe, Self.answer(.exited(0), Self.cutOutput)).verdict == verdict)
        let short = Self.judge(probe, Self.answer(.exited(0), "xok"))
        #expect(short.verdict == (verdict == .healthy ? .healthy : .broken))
    }

    @Test func aConditionOnAnAnswerThatWasCutIsNotTakenForOneThatDoesNotHold() throws {
        let condition = try Expression(parsing: "contains(probes.other.stdout, 'no')")
        let probe = Self.probe(healthy: Matcher(condition: condition))
        let cases: [(other: String?, verdict: Verdict)] = [
            (Self.cutOutput, .inconclusive), ("no" + String(Self.cutOutput.dropFirst(2)), .healthy), ("ok", .broken),
            ("no", .healthy), (nil, .broken),
        ]
        for (other, verdict) in cases {
            var context = Self.context
            context.probes["other"] = other.map {
                ProbeRecord(
                    standardOutput: Self.answer(.exited(0), $0).outputText, standardError: "", exit: 0)
            }
            #expect(ProbeJudgement(probe, answer: Self.answer(.exited(0)), context: context).verdict == verdict)
        }
    }

    @Test func anAnswerInLinesThatWasCutIsNone() {
        let said = "healthy\nfact size 1"
        let rest = String(repeating: "2", count: Answer.keptBytes)
        #expect(Self.judge(Self.probe(lines: true), Self.answer(.exited(0), said)).verdict == .healthy)
        let cut = Self.judge(Self.probe(lines: true), Self.answer(.exited(0), said + rest))
        #expect(cut.verdict == .inconclusive)
        #expect(cut.facts.isEmpty)
    }

    @Test func aCauseThatAnAnswerThatWasCutMayShowIsNotPassedOver() {
        let late = CauseRule(id: "late", when: Matcher(standardOutput: TextMatcher(matches: .text("late$"))))
        let always = CauseRule(id: "always", when: Matcher(exit: [3]))
        let probe = Self.probe(causes: [late, always])
        #expect(Self.judge(probe, Self.answer(.exited(3), Self.cutOutput)).verdict == .inconclusive)
        #expect(Self.judge(probe, Self.answer(.exited(3), "x")).causes == ["always"])
        let other = Self.probe(causes: [always, late])
        #expect(Self.judge(other, Self.answer(.exited(3), Self.cutOutput)).causes == ["always"])
    }

    @Test func ofAGatheredAnswerThatWasCutNothingIsBelieved() {
        var answer = Self.answer(.exited(0), "n1 cause outlier it differs\n")
        answer.standardOutputBytes = answer.standardOutput.count
        #expect(GatherAnswer(answer).judgement(for: "n1").verdict == .broken)
        #expect(GatherAnswer(answer).judgement(for: "n2").verdict == .healthy)
        answer.standardOutputBytes += 1
        #expect(GatherAnswer(answer).judgement(for: "n2").verdict == .inconclusive)
    }

    @Test func everyPartOfAMatcherMustFit() throws {
        let matcher = Matcher(
            exit: [0], standardOutput: TextMatcher(contains: .text("a")), standardError: TextMatcher(empty: true))
        #expect(try matcher.fits(Self.answer(.exited(0), "a"), in: Self.context))
        #expect(try !matcher.fits(Self.answer(.exited(1), "a"), in: Self.context))
        #expect(try !matcher.fits(Self.answer(.exited(0), "b"), in: Self.context))
        #expect(try !matcher.fits(Self.answer(.exited(0), "a", "oops"), in: Self.context))
    }
}
