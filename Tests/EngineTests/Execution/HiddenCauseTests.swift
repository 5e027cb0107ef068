import Engine
import Model
import TestSupport
import Testing

/// Nodes with a cause that detect can't see before another one is mended.
@Suite struct HiddenCauseTests {
    private static let probes: [Probe] = [
        .test("service", "is service up"), .test("answers", "is data good", cause: "data-bad", needs: ["service"]),
    ]

    private static func runbook(
        _ mend: String = "set service up", verify: [VerifyEntry] = [.detect], onFailure: FailurePolicy = .rollback
    ) -> Runbook {
        var runbook = Runbook.test(
            detect: probes,
            steps: [
                .run("start", mend, capture: "keep service", undo: "restore service") { $0.causes = ["broken"] }
            ], verify: verify)
        runbook.onFailure = onFailure
        return runbook
    }

    @Test func whatWasMendedStays() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        let state = try await site.apply(Self.runbook())
        #expect(state.end("n1") == .failed, "\(state.text("n1"))")
        #expect(state.text("n1").contains("Behind it shows what could not be seen before: answers: data-bad"))
        #expect(state.nodes["n1"]?.outcome?.hint == "Run the runbook again for what shows now")
        #expect(state.nodes["n1"]?.verification?.result == .behind)
        #expect(site["n1"].values["service"] == "up")
    }

    @Test func aProbeOfVerifyThatFailsForItDoesNotCount() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        let use = VerifyEntry.probe(.test("use", "is service up\nis data good", cause: "unusable"))
        let state = try await site.apply(Self.runbook(verify: [use]))
        #expect(state.end("n1") == .failed)
        #expect(state.text("n1").contains("use: unusable; answers: data-bad"), "\(state.text("n1"))")
        #expect(site["n1"].values["service"] == "up")
    }

    @Test func aProbeOfVerifyThatHoldsDoesNotHideIt() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        let state = try await site.apply(Self.runbook(verify: [.probe(.test("up", "is service up"))]))
        #expect(state.nodes["n1"]?.verification == Verification(.behind, text: "answers: data-bad"))
        #expect(state.end("n1") == .failed)
    }

    /// Not there when it is asked first, and then it is.
    @Test func whatTakesAMomentToComeUpIsWaitedFor() async throws {
        let site = Site(1, values: ["service": "down"])
        var runbook = Self.runbook()
        runbook.detect = [
            .test("service", "is service up"),
            .test("answers", "has asked\n&& exit 0\nset asked yes\nfail", needs: ["service"]),
        ]
        #expect(try await site.apply(runbook).end("n1") == .remediated)
    }

    @Test func aProbeOfVerifyThatFailsWhereNothingElseShowsCounts() async throws {
        let site = Site(1, values: ["service": "down", "data": "good"])
        let use = VerifyEntry.probe(.test("use", "is service excellent"))
        #expect(try await site.apply(Self.runbook(verify: [use])).end("n1") == .rolledBack)
        #expect(site["n1"].values["service"] == "down")
    }

    @Test func whatCouldBeSeenBeforeCounts() async throws {
        let site = Site(1, values: ["service": "up", "data": "bad"])
        let runbook = Runbook.test(
            detect: Self.probes,
            steps: [
                .run("mend", "set data worse", capture: "keep data", undo: "restore data") { $0.causes = ["data-bad"] }
            ], verify: [.detect])
        #expect(try await site.apply(runbook).end("n1") == .rolledBack)
    }

    @Test func whatIsNotMendedIsTakenBack() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        #expect(try await site.apply(Self.runbook("set service half")).end("n1") == .rolledBack)
    }

    @Test func whoseRunbookAsksIsAsked() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        let state = try await site.apply(Self.runbook(onFailure: .ask))
        #expect(state.nodes["n1"]?.outcome?.isHeld == true)
        #expect(site["n1"].values["service"] == "up")
    }

    @Test func theNextRunFindsItAsItIs() async throws {
        let site = Site(1, values: ["service": "down", "data": "bad"])
        _ = try await site.apply(Self.runbook())
        let state = try await site.apply(Self.runbook())
        #expect(state.nodes["n1"]?.survey?.causes == ["data-bad"])
    }

    @Test func whatWasGoodUntilTheSoakCounts() async throws {
        let site = Site(2, values: ["service": "down"])
        var runbook = Self.runbook()
        runbook.detect = [
            .test("service", "is service up"),
            .test("answers", "has asked\n&& exit 1\nset asked yes", needs: ["service"]),
        ]
        runbook.strategy = Strategy(canary: [.count(1)], soak: .seconds(5))
        let state = try await site.apply(runbook)
        #expect(state.end("n1") == .rolledBack, "\(state.text("n1"))")
        #expect(site["n1"].values["service"] == "down")
    }
}
