import Model
import Testing

@testable import Catalog

@Suite struct ExpressionLintTests {
    typealias Case = BadRunbookTests.Case

    private static let parameters = """
        parameters:
          version: {type: string, default: '1', pattern: '[0-9.]+'}
          drain: {type: bool, default: true}
          mode: {type: "enum(fast, slow)", default: fast}
          paths: {type: list<path>, default: [/a]}
          wait: {type: duration, default: 5m}
          secret_word: {type: secret, from: "file:/run/x"}
        detect:
          - {name: p, probe: 'echo $version $drain $mode $paths $wait $secret_word_file', healthy: {exit: 0}, cause: c}
        verify: [detect]
        steps:

        """

    static let cases = [
        Case("when: params.drian", "x.yaml:21:18: error: there is no parameter 'drian' (did you mean 'drain'?)"),
        Case(
            "when: params.version",
            "x.yaml:21:11: error: 'params.version' is text, where true or false is needed (compare it with something)"),
        Case(
            "when: params.version == 1",
            "x.yaml:21:11: error: text is never equal to a number in 'params.version == 1' (text goes in quotes, other values do not)"
        ),
        Case(
            "when: params.version < '2'",
            "x.yaml:21:11: error: can't order text and text in 'params.version < '2'' (order versions with version_compare(a, b))"
        ),
        Case(
            "when: params.mode == 'fsat'", "x.yaml:21:27: error: 'params.mode' is never 'fsat' (did you mean 'fast'?)"),
        Case("when: params.wait > 5", "x.yaml:21:11: error: can't order a duration and a number in 'params.wait > 5'"),
        Case("when: steps['b'].changed", "x.yaml:21:18: error: the step 'b' runs later (refer to earlier steps)"),
        Case("when: steps['a'].changed", "x.yaml:21:18: error: the step 'a' runs later (refer to earlier steps)"),
        Case("when: steps['z'].changed", "x.yaml:21:18: error: there is no step 'z'"),
        Case("when: probes['q'].exit == 0", "x.yaml:21:19: error: there is no probe 'q' (did you mean 'p'?)"),
        Case(
            "when: probes['p'].changed",
            "x.yaml:21:23: error: a probe has no 'changed' (it has stdout, stderr, exit, facts)"),
        Case(
            "when: before['p'].exit == 0",
            "x.yaml:21:11: error: 'before' can't be used here (here are causes, node, params, probes, run, steps)"),
        Case(
            "when: item == 'x'",
            "x.yaml:21:11: error: 'item' can't be used here (here are causes, node, params, probes, run, steps)"),
        Case("when: node.nmae == 'x'", "x.yaml:21:16: error: a node has no 'nmae' (did you mean 'name'?)"),
        Case(
            "when: '${{ params.drain }}'",
            "x.yaml:21:11: error: an expression stands bare here (leave '${{' and '}}' away)"),
        Case("when: params.secret_word == 'x'", "x.yaml:21:11: error: a secret can't be compared"),
        Case("when: params.drain and true", "x.yaml:21:24: error: did not expect 'and' here (write '&&')"),
        Case(
            "when: \"matches(node.name, '(')\"", "x.yaml:21:11: error: '(' is not closed in the pattern, at character 2"
        ),
        Case("each: params.version", "x.yaml:21:11: error: 'each' needs a list, but 'params.version' is text"),
        Case("each: causes", "x.yaml:21:11: error: 'causes' can't be used here (here are node, params, run)"),
    ]

    @Test(arguments: cases)
    func expressionsAreCheckedWhenTheRunbookIsLoaded(badCase: Case) throws {
        let text = Lint.runbook(
            Self.parameters + "  - name: a\n    undo: y\n    run: x\n    \(badCase.text)\n  - {name: b, drain: {}}")
        let actual = try Lint.headlines(text).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    static let values = [
        Case(
            "file: {path: \"${{ steps.first.stdout }}\", content: x}",
            "'steps.first.stdout' comes from a node, which must not choose what is acted upon"),
        Case(
            "edit: {path: /a, key: \"${{ node.facts.x }}\", value: y}",
            "'node.facts.x' comes from a node, which must not choose what is acted upon"),
        Case(
            "package: {name: \"${{ probes['p'].stdout }}\"}",
            "'probes['p'].stdout' comes from a node, which must not choose what is acted upon"),
        Case(
            "package: {name: x, version: \"${{ node.facts.v }}\"}",
            "'node.facts.v' comes from a node, which must not choose what is acted upon"),
        Case(
            "service: {name: \"x-${{ causes[0] }}\", state: started}",
            "'causes[0]' comes from a node, which must not choose what is acted upon"),
        Case(
            "user: {name: \"${{ node.facts.u }}\", locked: true}",
            "'node.facts.u' comes from a node, which must not choose what is acted upon"),
        Case(
            "mount: {path: /a, source: \"${{ node.facts.s }}\"}",
            "'node.facts.s' comes from a node, which must not choose what is acted upon"),
        Case(
            "drain: {reason: \"${{ node.facts.r }}\"}",
            "'node.facts.r' comes from a node, which must not choose what is acted upon"),
        Case(
            "plugin: {name: q, with: {a: \"${{ node.facts.r }}\"}}",
            "'node.facts.r' comes from a node, which must not choose what is acted upon"),
        Case(
            "{run: x, undo: y, on: controller, env: {A: \"${{ node.facts.r }}\"}}",
            "'node.facts.r' comes from a node, which must not choose what is acted upon"),
        Case(
            "file: {path: /a, content: \"${{ params.secret_word }}\"}",
            "'params.secret_word' is a secret and can't be put into text"),
        Case(
            "edit: {path: /a, key: k, value: \"${{ params.paths }}\"}",
            "'params.paths' is a list, where a single value is needed"),
        Case("drain: {wait: \"${{ params.version }}\"}", "'params.version' is text, where a duration is needed"),
        Case("edit: {path: /a, key: k, value: \"${{ params.nothing }}\"}", "there is no parameter 'nothing'"),
        Case("edit: {path: /a, key: k, value: \"${{ params.drain\"}", "'${{' is not closed by '}}'"),
    ]

    @Test(arguments: values)
    func valuesAreChecked(badCase: Case) throws {
        let body = badCase.text.hasPrefix("{") ? String(badCase.text.dropFirst().dropLast()) : badCase.text
        let text = Lint.runbook(
            Self.parameters + "  - {name: first, drain: {}}\n  - {name: a, \(body)}")
        let actual = try Lint.diagnostics(text).map(\.message).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    @Test(arguments: [
        "env: {A: \"${{ steps.first.stdout }}\"}, run: x, undo: y",
        "env: {A: \"${{ params.secret_word }}\"}, run: x, undo: y",
        "file: {path: /a, content: \"${{ node.facts.x }}\"}", "drain: {wait: \"${{ params.wait }}\"}",
        "package: {name: x, version: \"${{ params.version }}\"}",
        "each: params.paths, file: {path: \"${{ item }}\", content: x}",
        "when: \"probes['p'].facts.free < 5\", reboot: {}",
        "when: \"'c' in causes && !steps['first'].changed\", reboot: {}",
        "when: \"node.vars.anything == 5 || node.labels.rack == 'r1'\", reboot: {}",
        "run: x, undo: y, retries: 3, until: \"steps['a'].stdout == 'ok'\"", "when: true, reboot: {}",
        "setting: {get: g, set: s, value: 5}",
    ])
    func rightValuesAreTaken(body: String) throws {
        let text = Lint.runbook(Self.parameters + "  - {name: first, drain: {}}\n  - {name: a, \(body)}")
        #expect(try Lint.headlines(text) == [])
    }

    @Test(arguments: ["run", "check", "undo", "capture"])
    func noExpressionStandsInAScript(key: String) throws {
        let scripts = ["run": "x", "check": "x", "undo": "x", "capture": "x"].merging([
            key: "|\n      echo a\n      echo \"${{ params.version }}\""
        ]) { $1 }
        let step = scripts.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
        let diagnostics = try Lint.diagnostics(Lint.runbook(Self.parameters + "  - name: a\n" + step))
        #expect(
            diagnostics.map(\.message) == [
                "'\(key)' in step 'a' is a script, and an expression in it would become code"
            ])
        #expect(diagnostics.first?.hint == "use the environment variable: \"$version\"")
        #expect(diagnostics.first?.position.column == 13)
        #expect(diagnostics.first?.sourceLine == "      echo \"${{ params.version }}\"")
    }
}
