import Model
import Testing

@testable import Catalog

/// Functions and environment that the scripts of a runbook have in common.
@Suite struct ScriptSharingTests {
    private let shared = """
        schema_version: 1
        name: disk
        functions:
          is_full: |
            test "$(used "$1" | tail -n 1 | tr -d ' %')" -ge 90
          used: df --output=pcent "$1"
        """

    private func load(_ rest: String) throws -> Runbook {
        try Lint.load(Lint.runbook(rest), beside: ["probes/disk.yaml": shared])
    }

    @Test func aScriptIsGivenTheFunctionsThatItNamesAndThoseThatTheseName() throws {
        let loaded = try load(
            """
            use: [probes/disk]
            functions: {own: rm -rf /scratch/tmp}
            detect:
              - {name: direct, probe: used /, healthy: {exit: 0}}
              - {name: through another, probe: '! is_full /', healthy: {exit: 0}}
              - {name: none, probe: is_fuller /, healthy: {exit: 0}}
              - {name: python, shell: python3, probe: used = 1, healthy: {exit: 0}}
            steps:
              - {name: clean, run: own, check: '! is_full /', irreversible: true}
            verify: [detect]
            """)
        let used = "used() {\ndf --output=pcent \"$1\"\n}\n"
        let isFull = "is_full() {\ntest \"$(used \"$1\" | tail -n 1 | tr -d ' %')\" -ge 90\n}\n"
        #expect(
            loaded.detect?.map(\.script) == [used + "used /", isFull + used + "! is_full /", "is_fuller /", "used = 1"])
        #expect(loaded.steps[0].verb == .run(script: "own() {\nrm -rf /scratch/tmp\n}\nown"))
        #expect(loaded.steps[0].check == isFull + used + "! is_full /")
        #expect(loaded.sources.count == 2)
    }

    @Test func everyScriptHasTheEnvironmentOfTheRunbookUnderItsOwn() throws {
        let loaded = try load(
            """
            parameters: {config: {type: path, default: /etc/a}}
            env: {CONFIG: "${{ params.config }}", MODE: fast}
            detect:
              - {name: p, probe: 'true', healthy: {exit: 0}, env: {MODE: slow}}
            diagnose:
              - {name: e, collect: 'true'}
            steps:
              - {name: s, run: 'true', undo: 'true', env: {OTHER: 1}}
            verify: [detect]
            """)
        let config = try #require(loaded.diagnose[0].environment["CONFIG"])
        #expect(config.literalValue == nil)
        #expect(loaded.detect?.first?.environment == ["CONFIG": config, "MODE": .literal(.string("slow"))])
        #expect(loaded.diagnose[0].environment == ["CONFIG": config, "MODE": .literal(.string("fast"))])
        #expect(
            loaded.steps[0].environment
                == ["CONFIG": config, "MODE": .literal(.string("fast")), "OTHER": .literal(.string("1"))])
    }

    @Test(arguments: [
        ("functions: {Used: 'true'}", "'Used' can't be a function's name"),
        ("functions: {used: 'true'}", "there are two functions of the name 'used'"),
        (
            "functions: {mine: 'echo ${{ params.x }}'}",
            "'mine' in 'functions' in runbook 'x' is a script, and an expression in it would become code"
        ),
        ("env: {RUNBOOK_X: a}", "variables that begin with RUNBOOK_ are the program's own"),
        (
            "env: {X: '${{ node.facts.x }}'}",
            "'node.facts.x' comes from a node, which must not choose what is acted upon"
        ),
        ("env: {X: '${{ probes.p.stdout }}'}", "'probes' can't be used here"),
    ])
    func whatIsWrongWithThemIsSaid(line: String, expected: String) throws {
        let messages = try Lint.diagnostics(
            Lint.runbook(
                """
                use: [probes/disk]
                \(line)
                steps:
                  - {name: a, run: 'true', undo: 'true'}
                verify:
                  - {name: v, probe: 'true', healthy: {exit: 0}}
                """
            ), beside: ["probes/disk.yaml": shared]
        ).map(\.message)
        #expect(messages == [expected])
    }
}
