import Model
import Testing

@testable import Engine

@Suite struct DigestTests {
    @Test func theCanonicalFormIsThatOfRFC8785() {
        let value = CanonicalJSON.object([
            "\u{20ac}": .string("Euro Sign"), "\r": .string("Carriage Return"), "1": .string("One"),
            "\u{1F600}": .string("Emoji"), "\u{80}": .string("Control"), "\u{FB33}": .string("Hebrew"),
            "ö": .string("Latin"),
        ])
        let text = String(decoding: value.bytes, as: UTF8.self)
        #expect(
            text
                == "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin\",\"\u{20ac}\":\"Euro Sign\",\"\u{1F600}\":\"Emoji\",\"\u{FB33}\":\"Hebrew\"}"
        )
        #expect(
            String(decoding: CanonicalJSON.string("a\"\\\u{1}\u{1f}\n\u{7f}/").bytes, as: UTF8.self)
                == "\"a\\\"\\\\\\u0001\\u001f\\n\u{7f}/\"")
        #expect(
            String(decoding: CanonicalJSON.array([.null, .bool(true), .int(-3)]).bytes, as: UTF8.self)
                == "[null,true,-3]")
    }

    static let plan = DriftTests.plan()

    @Test func wordsDoNotChangeTheDigestAndEverythingElseDoes() {
        let digest = Self.plan.digest
        let same: [(inout Plan) -> Void] = [
            { $0.notes = ["x"] }, { $0.selector = "n[1-2]" }, { $0.steps[0].summary = "x" }, { $0.steps[0].undo = "x" },
            { $0.targets[0].survey.text = "x" }, { $0.targets[0].survey.facts = ["a": "b"] },
            { $0.targets[0].survey.advice = ["x"] }, { $0.targets[0].predictions[0].before = "x" },
            { $0.targets[0].predictions[0].diff = "x" }, { $0.targets[0].predictions[0].reason = "x" },
            { $0.approve?.message = "x" },
        ]
        for change in same {
            var plan = Self.plan
            change(&plan)
            #expect(plan.digest == digest)
        }
        let other: [(inout Plan) -> Void] = [
            { $0.sources["a.yaml"] = "1" }, { $0.program = "2" }, { $0.supervisor = "2" }, { $0.created += 1 },
            { $0.expires += 1 }, { $0.approve = nil }, { $0.approve?.approvers = ["x"] }, { $0.approve?.minimum = 9 },
            { $0.window = WindowRequirement(calendar: "c") }, { $0.gate = .window }, { $0.steps[0].gate = .window },
            { $0.steps[0].causes = ["x"] }, { $0.waves = [["n2", "n1"]] }, { $0.strategy.stopsAtFailure = 9 },
            { $0.strategy.concurrency = 9 }, { $0.strategy.limits = ["rack": ["r": 1]] }, { $0.strategy.soak = 9 },
            { $0.strategy.canaryWaves = 1 }, { $0.targets[0].address = "x" }, { $0.targets[0].user = "x" },
            { $0.targets[0].jump = ["x"] }, { $0.targets[0].hostKeys = ["x"] }, { $0.targets[0].becomeUser = "x" },
            { $0.targets[0].survey.verdict = .healthy }, { $0.targets[0].survey.causes = ["x"] },
            { $0.targets[0].parameters = ["x": "y"] }, { $0.targets[0].predictions[0].kind = .unknown },
            { $0.targets[0].predictions[0].grade = .irreversible },
            { $0.targets[0].predictions[0].beforeDigest = "x" }, { $0.targets[0].predictions[0].afterDigest = "x" },
            { $0.targets[0].predictions[0].programDigest = "x" }, { $0.targets[0].items = [0: .string("1")] },
            { $0.targets[0].items = [1: .string("1")] }, { $0.targets[0].items = [0: .int(1)] },
            { $0.targets[0].items = [0: .size(1)] }, { $0.targets[0].items = [0: .secret(reference: "1")] },
            { $0.targets[0].items = [0: .map(["secret": .string("1")])] }, { $0.targets[0].named = NamedValues() },
            { $0.targets[0].named = NamedValues(labels: ["x": "y"]) },
            { $0.targets[0].named = NamedValues(groups: []) }, { $0.targets[0].named = NamedValues(groups: ["x"]) },
            { $0.targets[0].named = NamedValues(variables: ["x": .string("y")]) },
            { $0.targets[0].named = NamedValues(variables: ["x": .secret(reference: "y")]) },
        ]
        var digests: Set<String> = [digest]
        for (index, change) in other.enumerated() {
            var plan = Self.plan
            change(&plan)
            #expect(digests.insert(plan.digest).inserted, "change \(index)")
        }
    }

    /// Decisions about stored plans name their digests.
    @Test func aPlanThatNamesNothingHasTheDigestThatItAlwaysHad() {
        #expect(Self.plan.digest == "d9095f9ffc774046658cf2cb7e87a3e0eaef1feb929441e0f8d096b4df454f4c")
    }

    @Test func aProgramHasTheSameDigestInEveryRunAndASecretOnlyAsItsHMAC() {
        let runs = [RunID(random: 1, 2), RunID(random: 3, 4)]
        let digests = runs.map { run in
            StepAction.program(
                StepProgram(
                    predict: nil, capture: nil,
                    apply: StepProgram.Script(
                        "x", environment: ["RUNBOOK_RUN": run.description, "REASON": "r \(run.short)"]),
                    undo: nil, grade: .none, effect: .once, location: .target, summary: "", undoSummary: "")
            ).digest(run: run, secretDigests: [:])
        }
        #expect(digests[0] == digests[1] && digests[0] != nil)
        func secret(_ hmac: String) -> String? {
            StepAction.collect(StepProgram.Script("x", secrets: ["P": "vault:a"])).digest(
                run: runs[0], secretDigests: ["vault:a": hmac])
        }
        #expect(secret("1") != secret("2"))
    }
}
