import Engine
import Model
import TestSupport
import Testing

/// Nodes that have a cause for which only a person can act, beside others.
@Suite struct StandingCauseTests {
    private static let probes: [Probe] = [
        .test("state", "is state good"), .test("fan", "is fan good", cause: "fan-stopped"),
    ]

    private static func runbook(_ mend: Step, verify: [VerifyEntry] = [.detect]) -> Runbook {
        .test(
            detect: probes,
            steps: [
                mend,
                .of("tell", .advise(AdviseVerb(title: .text("The fan stands"), text: .text("Have it replaced")))) {
                    $0.causes = ["fan-stopped"]
                },
            ], verify: verify)
    }

    private static func mend(_ script: String = "set state good", for causes: [String] = ["broken"]) -> Step {
        .run("mend", script, capture: "keep state", undo: "restore state") { $0.causes = causes }
    }

    @Test func whatWasMendedBesideOneStaysMended() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend()))
        #expect(state.end("n1") == .remediated, "\(state.text("n1"))")
        #expect(state.nodes["n1"]?.advice.map(\.title) == ["The fan stands"])
        #expect(site["n1"].values["state"] == "good")
    }

    /// A probe that uses the whole thing, and fails as long as the fan stands.
    private static func use(unless: [String]) -> [VerifyEntry] {
        [.probe(.test("use", "is state good\nis fan good", unless: unless))]
    }

    @Test func aProbeOfVerifyCountsIt() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend(), verify: Self.use(unless: [])))
        #expect(state.end("n1") == .rolledBack)
    }

    @Test func aProbeThatNamesItIsNotAsked() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend(), verify: Self.use(unless: ["fan-stopped"])))
        #expect(state.end("n1") == .remediated, "\(state.text("n1"))")
    }

    @Test func whereNoProbeIsLeftDetectProves() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let runbook = Self.runbook(Self.mend("set state worse"), verify: Self.use(unless: ["fan-stopped"]))
        #expect(try await site.apply(runbook).end("n1") == .rolledBack)
    }

    @Test func aProbeThatNamesWhatDoesNotStandIsAsked() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "good"])
        let verify = [VerifyEntry.probe(.test("use", "is state excellent", unless: ["fan-stopped"]))]
        #expect(try await site.apply(Self.runbook(Self.mend(), verify: verify)).end("n1") == .rolledBack)
    }

    @Test func aProbeOfVerifyThatFindsNothingElseDoesNotCount() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let verify: [VerifyEntry] = [
            .probe(.test("state now", "is state good")), .probe(.test("fan now", "is fan good", cause: "fan-stopped")),
        ]
        #expect(try await site.apply(Self.runbook(Self.mend(), verify: verify)).end("n1") == .remediated)
    }

    @Test(arguments: [("fan-stopped", OutcomeClass.remediated), ("broken", .rolledBack)])
    func aProbeOfVerifyIsAskedForItsCausesAlone(concern: String, end: OutcomeClass) async throws {
        let site = Site(1, values: ["state": "bad", "fan": "good"])
        let verify: [VerifyEntry] = [.detect, .probe(.test("use", "is state excellent", concerns: [concern]))]
        #expect(try await site.apply(Self.runbook(Self.mend(), verify: verify)).end("n1") == end)
    }

    @Test func oneAloneIsAdvised() async throws {
        let site = Site(1, values: ["state": "good", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend()))
        #expect(state.end("n1") == .advised)
    }

    @Test func whatWasNotMendedIsTakenBackAllTheSame() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend("set state worse")))
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values["state"] == "bad")
    }

    /// The step is for any cause, so it may have been meant for the fan.
    @Test func afterAStepThatIsForAnyCauseEachCounts() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "bad"])
        let state = try await site.apply(Self.runbook(Self.mend(for: [])))
        #expect(state.end("n1") == .rolledBack)
    }

    @Test func oneThatCameWithTheMendCounts() async throws {
        let site = Site(1, values: ["state": "bad", "fan": "good"])
        let state = try await site.apply(Self.runbook(Self.mend("set state good\nset fan bad")))
        #expect(state.end("n1") == .rolledBack)
        #expect(site["n1"].values["state"] == "bad")
    }

    @Test func afterASoakOneDoesNotCountEither() async throws {
        let site = Site(2, values: ["state": "bad", "fan": "bad"])
        var runbook = Self.runbook(Self.mend())
        runbook.strategy = Strategy(canary: [.count(1)], soak: .seconds(5))
        let state = try await site.apply(runbook)
        #expect(state.counts == [.remediated: 2], "\(state.text("n1"))")
    }
}
