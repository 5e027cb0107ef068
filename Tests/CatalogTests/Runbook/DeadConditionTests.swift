import Testing

@testable import Catalog

/// Conditions that can't fail the script in which they stand.
@Suite struct DeadConditionTests {
    /// The numbers of the lines, from 0.
    private func dead(_ script: String, errexit: Bool) -> [Int] {
        DeadConditions(in: script, errexit: errexit).found.map { script.prefix($0.offset).count { $0 == "\n" } }
    }

    @Test(arguments: [
        "! grep -q x f\ntrue", "! ss -l |\n  grep -q x\ntrue\n", "test -e a && test -e b\ntrue",
        "[ -e a ] && ! grep -q x f\n\n# why\necho done", "! grep -q x f\nif true; then\n  true\nfi",
        "grep -q a f && \\\n  grep -q b f\ntrue",
    ])
    func neitherWithErrexitNorWithout(script: String) {
        for errexit in [true, false] { #expect(dead(script, errexit: errexit) == [0]) }
        #expect(dead("set -eu\n" + script, errexit: false) == [1])
    }

    @Test(arguments: ["test -e a\ntrue", "grep -q x f\n\ntrue", "ss -l | grep -q x\ntrue", "[ -e a ]\ncmp -s a b"])
    func onlyWithoutErrexit(script: String) {
        #expect(dead(script, errexit: false) == [0])
        #expect(dead(script, errexit: true) == [])
        #expect(dead("set -eu\n" + script, errexit: false) == [])
        #expect(dead("set -o errexit\n" + script, errexit: false) == [])
        #expect(dead("set +e\n" + script, errexit: true) == [1])
        #expect(dead("set -u\n" + script, errexit: true) == [])
    }

    @Test(arguments: [
        "! grep -q x f", "! grep -q x f\n# why\n\n", "true\ntest -e a && test -e b\n", "test -e a || exit 1\ntrue",
        "! grep -q x f || exit 1\ntrue", "! grep -q x f && exit 0\ntrue", "[ -e a ] && rm a\ntrue",
        "said=$(false) && exit 1\ntrue", "if ! grep -q x f; then exit 1; fi\ntrue",
        "f() {\n  ! grep -q x f\n  true\n}\nf",
        "cat <<'END'\n! not a command\nEND\ntrue", "cat <<-END\n! x\n\tEND\ntrue", "cat <<<'x'\ntrue",
        "grep -q x f\ncase $? in 0) ;; *) exit 1 ;; esac\ntrue", "grep x f\ntrue", "test -e a &&\n  rm a\ntrue",
    ])
    func otherLinesAreNot(script: String) {
        for errexit in [true, false] { #expect(dead(script, errexit: errexit) == []) }
    }

    @Test func lintNamesTheLine() throws {
        let runbook = Lint.runbook(
            """
            \(Lint.detect)
            steps:
              - name: mend
                for: [broken]
                run: |
                  set -e
                  ! grep -q x f
                  true
                undo: |
                  test -e a
                  true
            verify: [detect]
            """, targets: "\"@*\"")
        let faults = """
            schema_version: 1
            runbook: x
            nodes: {n1: {}}
            faults:
              - id: broken
                cause: broken
                on: n1
                inject: 'true'
                independent: &proof |
                  true
                  ! grep -q y f
                  true
                blind: sh
              - id: again
                cause: broken
                on: n1
                inject: 'true'
                independent: [{script: *proof}]
                blind: sh
            """
        let warnings = try Lint.diagnostics(runbook, beside: ["x.faults.yaml": faults])
            .filter { $0.message.contains("this line") }
        #expect(warnings.allSatisfy { $0.severity == .warning })
        #expect(
            warnings.compactMap { $0.sourceLine?.trimmingWhitespace } == [
                "! grep -q y f", "! grep -q x f", "test -e a",
            ])
        #expect(warnings.map(\.position.file) == ["x.faults.yaml", "x.yaml", "x.yaml"])
    }
}
