import Model
import Testing

@testable import Catalog

@Suite struct ParameterLintTests {
    typealias Case = BadRunbookTests.Case

    private func text(_ parameter: String) -> String {
        Lint.runbook(
            "parameters:\n  \(parameter)\ndetect:\n  - {name: p, probe: '$a $path_value', healthy: {exit: 0}}")
    }

    static let cases = [
        Case(
            "path: {type: string}",
            "x.yaml:8:3: error: 'path' can't be a parameter's name: as an environment variable it changes what programs do (choose another, such as path_value)"
        ),
        Case(
            "PATH: {type: string}",
            "x.yaml:8:3: error: 'PATH' can't be a parameter's name (use lower-case letters, digits and _, a letter first)"
        ),
        Case(
            "ld_preload: {type: string}",
            "x.yaml:8:3: error: 'ld_preload' can't be a parameter's name: as an environment variable it changes what programs do (choose another, such as ld_preload_value)"
        ),
        Case(
            "http_proxy: {type: string}",
            "x.yaml:8:3: error: 'http_proxy' can't be a parameter's name: as an environment variable it changes what programs do (choose another, such as http_proxy_value)"
        ),
        Case("a: {type: strin}", "x.yaml:8:13: error: there is no type 'strin' (did you mean 'string'?)"),
        Case("a: {type: list}", "x.yaml:8:13: error: 'list' does not say of what (write list<string>)"),
        Case("a: {type: int, default: x}", "x.yaml:8:27: error: the default of 'a' does not fit: 'x' is no int"),
        Case(
            "a: {type: int, min: 2, default: 1}",
            "x.yaml:8:35: error: the default of 'a' does not fit: 1 is less than 2"),
        Case(
            "a: {type: string, pattern: '[a-z]+', default: A}",
            "x.yaml:8:49: error: the default of 'a' does not fit: 'A' does not match [a-z]+"),
        Case(
            "a: {type: string, pattern: '[a-z', default: a}",
            "x.yaml:8:30: error: '[' is not closed in the pattern, at character 1"),
        Case(
            "a: {type: secret, default: hunter2}",
            "x.yaml:8:30: error: a secret has no 'default' (say where it comes from with 'from')"),
        Case(
            "a: {type: string, from: 'file:/x'}",
            "x.yaml:8:27: error: 'from' is for secrets only (declare type: secret)"),
        Case(
            "a: {type: string, min: 1}",
            "x.yaml:8:26: error: string has no order, so no 'min' (limit it with 'pattern')"),
        Case(
            "a: {type: string, default: '${{ params.b }}'}",
            "x.yaml:8:35: error: 'params' can't be used here (here are node)"),
        Case(
            "a: {type: string, default: '${{ node.facts.b }}'}",
            "x.yaml:8:35: error: 'node.facts.b' comes from a node, which must not choose what is acted upon (hand it to a runbook whose parameter has a 'pattern')"
        ),
        Case("a: {type: percent, allowed_values: [10%, 5]}", "x.yaml:8:44: error: '5' is no percent (for example 10%)"),
        Case(
            "b: {type: string, default: x}",
            "x.yaml:8:3: warning: nothing uses the parameter 'b' (a script finds it as $b)"),
    ]

    @Test(arguments: cases)
    func wrongParametersAreShown(badCase: Case) throws {
        let actual = try Lint.headlines(text(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    @Test func theFileOfASecretIsNoParametersName() throws {
        let text = text("a: {type: secret, from: 'file:/x'}\n  a_file: {type: string, default: x}")
        #expect(
            try Lint.headlines(text, warnings: false) == [
                "x.yaml:9:3: error: the name 'a_file' is taken by the file of a secret (choose another)"
            ])
    }

    @Test(arguments: [
        ("a: {type: size, default: 0}", Value.size(0)), ("a: {type: percent, default: 80%}", .percent(80)),
        ("a: {type: string, default: 550.90}", .string("550.90")),
        ("a: {type: duration, default: 1h30m}", .duration(.seconds(5400))),
        ("a: {type: \"enum(x, y)\", default: y}", .string("y")),
        ("a: {type: list<int>, default: [1, 2]}", .list([.int(1), .int(2)])),
        ("a: {type: \"map<string,size>\", default: {k: 1GiB}}", .map(["k": .size(1 << 30)])),
        ("a: {type: bool, default: false}", .bool(false)),
        ("a: {type: cidr, default: 2001:db8::/32}", .string("2001:db8::/32")),
        ("a: {type: float, default: 2}", .float(2)), ("a: {type: path, default: /etc/x}", .string("/etc/x")),
    ])
    func defaultsHaveTheDeclaredType(parameter: String, expected: Value) throws {
        let runbook = try Lint.load(text(parameter))
        #expect(runbook.parameters.first?.defaultValue == .literal(expected))
    }
}
