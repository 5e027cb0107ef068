import Engine
import Model
import TestSupport
import Testing

@Suite struct SurveyTests {
    func diagnose(_ site: Site, _ runbook: Runbook, log: MemoryLog = MemoryLog()) async throws -> RunState {
        try await site.engine(log).diagnose(site.request(runbook, kind: .diagnose))
    }

    @Test func aProbeIsAskedOnlyWhereTheOneThatItNeedsIsHealthy() async throws {
        let site = Site()
        let log = MemoryLog()
        let runbook = Runbook.test(
            detect: [
                .test("second", "is more good", cause: "more", needs: ["first"]),
                .test("first", "is state good", cause: "state"),
            ], steps: [])
        let state = try await diagnose(site, runbook, log: log)
        #expect(state.nodes["n1"]?.survey?.causes == ["state"])
        #expect(state.nodes["n1"]?.answers[.detect]?["second"] == nil)
        site["n1"].set("state", "good")
        let next = try await diagnose(site, runbook)
        #expect(next.nodes["n1"]?.survey?.causes == ["more"])
    }

    @Test(arguments: [("bad", "good"), ("good", "bad")])
    func ofSeveralThatItNeedsEachHasToBeHealthy(one: String, other: String) async throws {
        let site = Site(values: ["one": one, "other": other, "more": "bad"])
        let runbook = Runbook.test(
            detect: [
                .test("one", "is one good", cause: "one"), .test("other", "is other good", cause: "other"),
                .test("more", "is more good", cause: "more", needs: ["one", "other"]),
            ], steps: [])
        #expect(try await diagnose(site, runbook).nodes["n1"]?.survey?.causes == [one == "bad" ? "one" : "other"])
        site["n1"].set("one", "good")
        site["n1"].set("other", "good")
        #expect(try await diagnose(site, runbook).nodes["n1"]?.survey?.causes == ["more"])
    }

    @Test func answersThatDoNotStayTheSameAreInconclusive() async throws {
        let site = Site()
        let flapping = Probe.test("flaps", "has odd\n&& unset odd\n&& exit 1\nset odd 1\nexit 0", flap: 2)
        let state = try await diagnose(site, .test(detect: [flapping], steps: []))
        #expect(state.nodes["n1"]?.survey?.verdict == .inconclusive)
        let steady = try await diagnose(Site(), .test(detect: [.test("steady", "is state good", flap: 3)], steps: []))
        #expect(steady.nodes["n1"]?.survey?.verdict == .broken)
    }

    @Test func aProbeIsAskedAgainOnlyAfterTheEndOfTheOneThatNobodyHeardOf() async throws {
        let site = Site()
        site["n1"].add(FakeFault(.lostBeforeEnd, at: .asking("is state good")))
        let runbook = Runbook.test(
            detect: [.test("steady", "is state good", flap: 2), .test("other", "is more good")], steps: [])
        _ = try await diagnose(site, runbook)
        let asked = site["n1"].asked
        #expect(asked.map(\.after) == [[], asked.first.map { [$0.id] } ?? [], [], []])

        let busy = Site()
        busy["n1"].add(FakeFault(.ends(.notStarted(reason: "it still runs")), at: .asking("is state good")))
        let state = try await diagnose(busy, .test(detect: [.test("steady", "is state good")], steps: []))
        #expect(state.nodes["n1"]?.survey?.verdict == .inconclusive)
        #expect(state.nodes["n1"]?.survey?.text.contains("it still runs") == true)
    }

    @Test func aProbeIsTheSameToItsNodeInEveryRun() async throws {
        let site = Site(2)
        let runbook = Runbook.test(detect: [.test("one", "is state good"), .test("two", "is state good")], steps: [])
        for run in [Site.run, RunID(random: 3, 4)] {
            _ = try await site.engine(MemoryLog()).diagnose(site.request(runbook, kind: .diagnose, run: run))
        }
        var all: Set<String> = []
        for node in site.nodes {
            let probes = node.asked.compactMap(\.probe)
            #expect(probes.count == 4)
            #expect(Array(probes.prefix(2)) == Array(probes.suffix(2)))
            #expect(probes.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{32}/) != nil })
            all.formUnion(probes)
        }
        #expect(all.count == 4)
    }

    @Test func withoutDetectEveryReachableTargetIsBroken() async throws {
        let site = Site(2)
        site["n2"].goDown()
        let state = try await diagnose(site, .test(detect: nil, steps: [.setting("a", to: "1")]))
        #expect(state.counts == [.broken: 1, .unreachable: 1])
        #expect(state.nodes["n1"]?.survey?.causes == [])
    }

    @Test func findingsAddToTheCausesAndTheirAdviceIsKept() async throws {
        let site = Site()
        site["n1"].set("driver", "nouveau")
        let evidence = Evidence(
            name: "modules", script: "show driver",
            findings: [
                Finding(
                    when: Matcher(standardOutput: TextMatcher(contains: .text("nouveau"))), cause: "conflict",
                    advice: "nouveau is loaded")
            ], position: somewhere)
        let state = try await diagnose(site, .test(diagnose: [evidence], steps: []))
        #expect(state.nodes["n1"]?.survey?.causes == ["broken", "conflict"])
        #expect(state.nodes["n1"]?.survey?.advice == ["nouveau is loaded"])
    }

    @Test func evidenceWhoseRestIsNotKeptIsInconclusiveUnlessItShowsACause() async throws {
        func finding(_ pattern: String, _ cause: String) -> Finding {
            Finding(when: Matcher(standardOutput: TextMatcher(matches: .text(pattern))), cause: cause)
        }
        let long = String(repeating: "x", count: Pattern.searchedBytes)
        let cases: [(output: String, verdict: Verdict, causes: [String])] = [
            (long, .inconclusive, []), ("first" + long, .broken, ["early"]), ("nothing", .healthy, []),
            ("at last", .broken, ["late"]),
        ]
        for (output, verdict, causes) in cases {
            let site = Site()
            let evidence = Evidence(
                name: "log", script: "print \(output)",
                findings: [finding("^first", "early"), finding("last$", "late")],
                position: somewhere)
            let state = try await diagnose(site, .test(diagnose: [evidence], steps: []))
            let answer = state.nodes["n1"]?.answers[.diagnose]?["log"]
            #expect(answer?.verdict == verdict)
            #expect(answer?.causes == causes)
            #expect(answer?.text.contains("more was printed than is kept") == output.hasSuffix(long))
            #expect(state.nodes["n1"]?.survey?.causes == ["broken"] + causes)
        }
    }

    @Test(arguments: [nil, true]) func whatTellsNoCausesApartCanBeLeftOut(skips: Bool?) async throws {
        let site = Site()
        site["n1"].set("driver", "nouveau")
        let told = Evidence(
            name: "modules", script: "count modules\nshow driver",
            findings: [
                Finding(when: Matcher(standardOutput: TextMatcher(contains: .text("nouveau"))), cause: "conflict")
            ], position: somewhere)
        let other = Evidence(name: "log", script: "count log", findings: [], position: somewhere)
        var request = site.request(.test(diagnose: [told, other], steps: []), kind: .diagnose)
        request.header.skipsEvidence = skips
        let state = try await site.engine(MemoryLog()).diagnose(request)
        #expect(state.nodes["n1"]?.survey?.causes == ["broken", "conflict"])
        #expect(site["n1"].counters["modules"] == 1)
        #expect(site["n1"].counters["log"] == (skips == nil ? 1 : nil))
    }

    @Test func aGatherProbeReadsAllAnswersOnce() async throws {
        let site = Site(3)
        site.controller.set("verdict", "n2 cause outlier it differs")
        let gather = Probe.test(
            "compare", "count compared\nshow verdict", on: .controller, runOnce: true, gather: "version")
        let runbook = Runbook.test(detect: [.test("version", "print 1"), gather], steps: [])
        let state = try await diagnose(site, runbook)
        #expect(state.counts == [.healthy: 2, .broken: 1])
        #expect(state.nodes["n2"]?.survey?.causes == ["outlier"])
        #expect(site.controller.counters["compared"] == 1)
    }

    @Test func aRequirementThatIsNotMetSkipsTheNode() async throws {
        let site = Site()
        let state = try await site.apply(.test(steps: [.setting("state", to: "good")], requires: [.os(["rhel"])]))
        #expect(state.end("n1") == .skipped)
        #expect(state.text("n1").contains("rhel"))
        #expect(site["n1"].starts.isEmpty)
    }

    @Test(arguments: [
        ("debian", true), ("debian12", true), ("debian11", false), ("rhel9", false), ("ubuntu", false),
    ])
    func distributionsAreKnownByIdAndVersion(name: String, fits: Bool) async throws {
        let site = Site()
        let state = try await site.apply(.test(steps: [.setting("state", to: "good")], requires: [.os([name])]))
        #expect((state.end("n1") == .remediated) == fits)
    }

    @Test func probesThatChangeSomethingAreSeenByTheFake() async throws {
        // The other tests rely on this to prove that a dry run changes nothing.
        let site = Site()
        _ = try await diagnose(site, .test(detect: [.test("writes", "set a b")], steps: []))
        #expect(site["n1"].mutationsWhilePlain == 1)
    }
}
