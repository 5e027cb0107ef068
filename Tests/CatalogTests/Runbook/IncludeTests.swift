import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct IncludeTests {
    private func runbook(_ name: String, _ rest: String) -> String {
        Lint.runbook(rest).replacingOccurrences(of: "name: x", with: "name: \(name)")
    }

    private let child = """
        parameters:
          unit: {type: string, pattern: '[a-z]+'}
          label: {type: string, default: x}
        steps:
          - {name: restart, service: {name: "${{ params.unit }}", state: restarted}}
          - {name: note, edit: {path: /a, key: "${{ params.label }}", value: y}}
        verify:
          - {name: v, probe: 'true', healthy: {exit: 0}}
        """

    @Test func includedRunbooksAreInlinedWithTheirBytes() throws {
        let loaded = try Lint.load(
            Lint.runbook("steps:\n  - {name: a, runbook: {name: child, parameters: {unit: sshd}}}\nverify: []"),
            beside: ["sub/child.yaml": runbook("child", child)])
        guard case .runbook(let included) = loaded.steps.first?.verb else {
            Issue.record("no runbook")
            return
        }
        #expect(included.runbook.steps.map(\.name) == ["restart", "note"])
        #expect(included.parameters == ["unit": .literal(.string("sshd"))])
        #expect(loaded.sources.map { ($0.path as NSString).lastPathComponent } == ["x.yaml", "child.yaml"])
    }

    @Test(arguments: [
        ("runbook: nothing", "there is no runbook 'nothing'"),
        ("runbook: chlid", "there is no runbook 'chlid'"),
        ("runbook: child", "'child' needs the parameter 'unit'"),
        ("runbook: {name: child, parameters: {unit: SSHD}}", "'unit' does not fit: 'SSHD' does not match [a-z]+"),
        ("runbook: {name: child, parameters: {unit: a, lable: b}}", "'child' has no parameter 'lable'"),
        ("runbook: x", "the runbooks include each other: x → x"),
        (
            "runbook: {name: child, parameters: {unit: a}}, gate: none",
            "'runbook' holds steps and has no 'gate' itself"
        ),
        (
            "runbook: {name: child, parameters: {unit: a}}, on: controller",
            "'runbook' holds steps and has no 'on' itself"
        ),
    ])
    func wrongIncludesAreShown(step: String, expected: String) throws {
        let text = Lint.runbook(
            "steps:\n  - {name: a, \(step)}\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}")
        let diagnostics = try Lint.diagnostics(text, beside: ["child.yaml": runbook("child", child)])
        #expect(diagnostics.map(\.message) == [expected])
    }

    @Test func anIncludeThatWouldBePassedOverInAlwaysIsRefused() throws {
        let text = Lint.runbook(
            """
            steps: []
            always:
              - {name: a, runbook: {name: child, parameters: {unit: a}}}
            """)
        let messages = try Lint.diagnostics(text, beside: ["child.yaml": runbook("child", child)]).map(\.message)
        #expect(messages.contains("'runbook' can't stand in 'always'"))
    }

    @Test func circlesAreFoundHoweverLong() throws {
        let verify = "\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}"
        let messages = try Lint.diagnostics(
            Lint.runbook("steps:\n  - {name: a, runbook: y}" + verify),
            beside: [
                "y.yaml": runbook("y", "steps:\n  - {name: a, runbook: z}" + verify),
                "z.yaml": runbook("z", "steps:\n  - {name: a, runbook: x}" + verify),
            ]
        ).map(\.message)
        #expect(messages.contains("the runbooks include each other: x → y → z → x"))
    }

    @Test func aNodesValueReachesAPathOnlyThroughAPattern() throws {
        let verify = "\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}"
        let good = Lint.runbook(
            "steps:\n  - {name: a, runbook: {name: child, parameters: {unit: '${{ node.facts.unit }}'}}}" + verify)
        #expect(try Lint.headlines(good, beside: ["child.yaml": runbook("child", child)]) == [])
        let bad = Lint.runbook(
            "steps:\n  - {name: a, runbook: {name: child, parameters: {unit: sshd, label: '${{ node.facts.l }}'}}}"
                + verify)
        let actual = try Lint.headlines(bad, beside: ["child.yaml": runbook("child", child)])
        #expect(
            actual == [
                "child.yaml:12:45: error: 'params.label' comes from a node, which must not choose what is acted upon (hand it to a runbook whose parameter has a 'pattern')"
            ])
    }

    @Test func sharedProbesComeFirst() throws {
        let shared = """
            schema_version: 1
            name: disk
            detect:
              - {name: room, probe: 'df $limit', healthy: {exit: 0}, cause: full}
            """
        let loaded = try Lint.load(
            Lint.runbook(
                """
                use: [probes/disk]
                parameters:
                  limit: {type: percent, default: 5%}
                detect:
                  - {name: own, probe: 'true', healthy: {exit: 0}, needs: room}
                steps:
                  - {name: a, for: [full], reboot: {}}
                verify: [detect]
                """), beside: ["probes/disk.yaml": shared])
        #expect(loaded.detect?.map(\.name) == ["room", "own"])
        #expect(loaded.sources.count == 2)
    }

    @Test(arguments: [
        ("source: ../secret", "'../secret' is not beside the runbook"),
        ("source: /etc/passwd", "'/etc/passwd' is not beside the runbook"),
        ("source: link", "'link' leads out of the runbook's folder"),
    ])
    func filesOutsideTheFolderAreRefused(content: String, expected: String) throws {
        let text = Lint.runbook(
            "steps:\n  - {name: a, file: {path: /a, \(content)}}\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}"
        )
        let folder = try TemporaryFolder(["in/x.yaml": text, "secret": "s"])
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/in/link", withDestinationPath: "../secret")
        #expect(RunbookLoader(paths: [folder.path + "/in"]).lint().map(\.message) == [expected])
    }

    @Test func sourcesAndTemplatesBecomePartOfTheRunbook() throws {
        let loaded = try Lint.load(
            Lint.runbook(
                """
                steps:
                  - {name: a, file: {path: /a, source: files/a.conf}}
                  - {name: b, file: {path: /b, template: b.mustache}}
                verify: []
                """), beside: ["files/a.conf": "A", "b.mustache": "{{b}}"])
        guard case .file(let first) = loaded.steps[0].verb, case .file(let second) = loaded.steps[1].verb else {
            Issue.record("no files")
            return
        }
        #expect(first.content == .source(path: "files/a.conf", bytes: Array("A".utf8)))
        #expect(second.content == .template(path: "b.mustache", text: "{{b}}"))
        #expect(loaded.sources.count == 3)
    }

    @Test func lintOfOneFileFindsWhatItIncludesInTheFolder() throws {
        let verify = "\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}"
        let folder = try TemporaryFolder([
            "a/x.yaml": Lint.runbook("steps:\n  - {name: a, runbook: child}" + verify),
            "b/child.yaml": runbook("child", child),
            "b/wrong.yaml": "a: [",
        ])
        let loader = RunbookLoader(paths: [folder.path])
        #expect(loader.lint(only: [folder.path + "/a/x.yaml"]).map(\.message) == ["'child' needs the parameter 'unit'"])
        #expect(loader.lint(only: [folder.path + "/a/y.yaml"]).map(\.message) == ["there is no such file or folder"])
        #expect(loader.lint().count == 2)
    }

    @Test func twoRunbooksOfOneNameAreAnError() throws {
        let folder = try TemporaryFolder([
            "a/child.yaml": runbook("child", child), "b/child.yaml": runbook("child", child),
        ])
        let messages = RunbookLoader(paths: [folder.path]).lint().map { $0.message.without(folder.path) }
        #expect(
            messages == Array(repeating: "there are two runbooks 'child': /a/child.yaml and /b/child.yaml", count: 2))
        #expect(throws: DiagnosticsError.self) { try RunbookLoader(paths: [folder.path]).load("child") }
    }
}
