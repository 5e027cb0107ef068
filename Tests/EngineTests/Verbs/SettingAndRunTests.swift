import Engine
import Foundation
import Glibc
import Model
import Testing

@Suite("setting and run")
struct SettingAndRunTests {
    func setting(_ bench: Workbench, _ value: Template, in context: LoweringContext? = nil) throws -> StepProgram {
        try Lowered.program(
            of: Lowered.step(
                .setting(
                    SettingVerb(
                        get: "cat \"$live\"", set: "printf '%s\\n' \"$VALUE\" > \"$live\"", value: value)),
                environment: ["live": Lowered.text(bench.path("live"))]))
    }

    @Test(
        "a live value is set, and set back to what it was", arguments: TestShell.here,
        ["Enabled", "", "$(id) `id` 'q' \"q\" \\n %s * é", "-n", "two\nlines"])
    func live(shell: TestShell, value: String) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("live", "was\n  $(touch x)\n")
        let program = try setting(bench, Lowered.text(value))
        try bench.live(program) { () throws in
            #expect(try bench.text("live") == value + "\n")
        }
        #expect(program.grade == .exact)
        #expect(program.effect == .idempotent)
    }

    @Test("a get that fails is not an answer", arguments: TestShell.here)
    func failingGet(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let program = try Lowered.program(
            .setting(SettingVerb(get: "echo old; exit 3", set: "true", value: Lowered.text("old"))))
        let report = try bench.predict(program)
        #expect(report.kind == .unknown)
        #expect(report.reason == "its get ended with status 3")
        #expect(try bench.run(program.apply).status == 1)
    }

    @Test("a value that does not stay is a failure", arguments: TestShell.here)
    func stubborn(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let program = try Lowered.program(
            .setting(SettingVerb(get: "echo old", set: "true", value: Lowered.text("new"))))
        let result = try bench.run(program.apply)
        #expect(result.status == 1)
        #expect(result.errors.contains("it is 'old' after it was set to 'new'"))
    }

    @Test("another former value than the planned one is left alone", arguments: TestShell.here)
    func drift(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("live", "planned\n")
        let program = try setting(bench, Lowered.text("new"))
        let planned = try bench.predict(program)
        #expect(planned.before == "planned")
        #expect(planned.after == "new")
        try bench.write("live", "other\n")
        let result = try bench.run(program.apply, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
        #expect(result.status == StepProgram.driftStatus)
        #expect(try bench.text("live") == "other\n")
    }

    @Test("a run is predicted by its check, whose output is nobody's report")
    func check() throws {
        let bench = try Workbench(.dash)
        defer { bench.remove() }
        for (status, kind) in [
            (0, Prediction.Kind.noChange), (1, .change), (125, .change), (126, .unknown), (127, .unknown),
        ] {
            let program = try Lowered.program(
                of: Lowered.step(
                    .run(script: "true"), check: "echo undo exact; echo before x; exit \(status)", undo: "true"))
            let report = try bench.predict(program)
            #expect(report.kind == kind, "\(status)")
            #expect(report.before == nil)
            #expect(report.grade == (kind == .noChange ? .none : .compensating))
        }
        let unasked = try Lowered.program(.run(script: "true"))
        #expect(unasked.predict == nil)
        #expect(PredictionReport(unasked: unasked).kind == .change)
    }

    @Test("a run's undo gets what its capture printed, and its worth follows from what it has")
    func undo() throws {
        let bench = try Workbench(.dash)
        defer { bench.remove() }
        try bench.write("f", "old")
        let context = Lowered.context(parameters: ["f": .string(bench.path("f"))])
        let exact = try Lowered.program(
            of: Lowered.step(.run(script: "printf new > \"$f\""), undo: "cat > \"$f\"", capture: "cat \"$f\""),
            in: context)
        #expect(exact.grade == .exact)
        let captured = try bench.run(exact.capture)
        #expect(try bench.run(exact.apply).status == 0)
        #expect(try bench.text("f") == "new")
        #expect(try bench.run(exact.undo, input: captured.output).status == 0)
        #expect(try bench.text("f") == "old")
        #expect(try Lowered.program(of: Lowered.step(.run(script: "x"), undo: "y")).grade == .compensating)
        let irreversible = try Lowered.program(of: Lowered.step(.run(script: "x"), undo: "y", isIrreversible: true))
        #expect(irreversible.grade == .irreversible)
        #expect(irreversible.undo == nil)
        #expect(irreversible.effect == .once)
    }

    @Test("parameters arrive as they are, whatever they hold", arguments: TestShell.here)
    func parameters(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let hostile = "$(touch pwned) `id` ; rm -rf / # 'q' \"q\" \\ \n%s * ~ é\u{1F600}\t-n\n"
        let context = Lowered.context(
            parameters: [
                "text": .string(hostile), "flag": .bool(true), "wait": .duration(.seconds(90)), "room": .size(1 << 20),
                "several": .list([.string("a b"), .string("$x")]), "nothing": .null,
                "nested": .map(["k": .list([.int(1)])]), "password": .secret(reference: "vault:kv/x#y"),
            ], item: .string("an item"))
        let program = try Lowered.program(
            of: Lowered.step(
                .run(
                    script: """
                        printf '%s|' "$text" "$flag" "$wait" "$room" "$several" "$nested" "${nothing-unset}" "$extra" "$ITEM"
                        printf '%s|' "$RUNBOOK_NODE" "$RUNBOOK_RUN" "$RUNBOOK_STEP" "${password-unset}"
                        """), name: "it's $(a) step", undo: "true", environment: ["extra": Lowered.parameter("flag")]),
            in: context)
        let wanted = [
            hostile, "true", "90", "1048576", "a b\n$x", #"{"k":[1]}"#, "unset", "true", "an item", "gpu01",
            Lowered.run.description, "it's $(a) step", "unset", "",
        ]
        #expect(try bench.run(program.apply).text == wanted.joined(separator: "|"))
        #expect(program.apply.secrets == ["password": "vault:kv/x#y"])
    }

    @Test("a typed step keeps to its author's check, and to its author's undo")
    func ownCheckAndUndo() throws {
        let bench = try Workbench(.dash)
        defer { bench.remove() }
        let verb = Verb.file(FileVerb(path: Lowered.text(bench.path("x")), content: .text(Lowered.text("x"))))
        #expect(try bench.predict(try Lowered.program(of: Lowered.step(verb, check: "exit 0"))).kind == .noChange)
        #expect(try bench.predict(try Lowered.program(of: Lowered.step(verb, check: "exit 1"))).kind == .change)
        #expect(try bench.predict(try Lowered.program(of: Lowered.step(verb, check: "exit 127"))).kind == .unknown)
        let own = try Lowered.program(of: Lowered.step(verb, undo: "head -n 1"))
        #expect(own.grade == .compensating)
        let captured = try bench.run(own.capture)
        #expect(try bench.run(own.undo, input: captured.output).text == "kind absent\n")
    }

    @Test("python and bash scripts run in their own shells")
    func shells() throws {
        let bench = try Workbench(.dash)
        defer { bench.remove() }
        let program = try Lowered.program(
            of: Lowered.step(
                .setting(
                    SettingVerb(get: "[[ a == a ]] && echo yes", set: "true", value: Lowered.text("yes"))), shell: .bash
            ))
        #expect(try bench.predict(program).kind == .noChange)
    }
}
