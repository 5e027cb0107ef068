import Engine
import Model

let somewhere = SourcePosition(file: "test.yaml", line: 1, column: 1)

extension Template {
    static func text(_ text: String) -> Template { .literal(.string(text)) }
}

extension Expression {
    /// `node.PART.KEY`
    static func ofNode(_ part: String, _ key: String) -> Expression { .member(.member(.root("node"), part), key) }
}

extension Probe {
    /// Healthy where `script` ends with 0; else broken with `cause`.
    static func test(
        _ name: String, _ script: String, cause: String? = "broken", needs: [String] = [], concerns: [String] = [],
        unless: [String] = [], flap: Int = 1, within: Duration? = nil, on: Location = .target, runOnce: Bool = false,
        gather: String? = nil
    ) -> Probe {
        Probe(
            name: name, script: script, on: on, runOnce: runOnce, within: within, needs: needs, concerns: concerns,
            unless: unless, healthy: Matcher(exit: [0]), cause: cause, flap: flap, gather: gather, position: somewhere)
    }
}

extension Step {
    static func run(
        _ name: String, _ script: String, check: String? = nil, capture: String? = nil, undo: String? = nil,
        effect: Effect = .once, gate: GateKind? = GateKind.none, configure: (inout Step) -> Void = { _ in }
    ) -> Step {
        var step = Step(
            name: name, verb: .run(script: script), gate: gate, check: check, undo: undo, capture: capture,
            isIrreversible: undo == nil, effect: effect, position: somewhere)
        configure(&step)
        return step
    }

    static func of(_ name: String, _ verb: Verb, configure: (inout Step) -> Void = { _ in }) -> Step {
        var step = Step(name: name, verb: verb, gate: GateKind.none, position: somewhere)
        configure(&step)
        return step
    }

    /// Sets `key` to `value` and counts how often.
    static func setting(
        _ key: String, to value: String, effect: Effect = .once, configure: (inout Step) -> Void = { _ in }
    ) -> Step {
        .run(
            "set \(key)", "set \(key) \(value)\ncount \(key)", check: "is \(key) \(value)", capture: "keep \(key)",
            undo: "restore \(key)", effect: effect, configure: configure)
    }
}

extension Runbook {
    static func test(
        detect: [Probe]? = [.test("state", "is state good")], diagnose: [Evidence] = [], steps: [Step],
        verify: [VerifyEntry] = [.detect], strategy: Strategy = Strategy(), onFailure: FailurePolicy = .rollback,
        always: [Step] = [], requires: [Requirement] = [], approve: Approval? = nil, window: WindowRequirement? = nil,
        parameters: [Parameter] = []
    ) -> Runbook {
        Runbook(
            name: "test", version: 1, title: "Test", description: "", supportCase: nil, owners: [], tags: [],
            covers: [], references: [], platforms: [], targets: .nodes("@*"), parameters: parameters,
            requires: requires, strategy: strategy, approve: approve, window: window, schedule: nil, detect: detect,
            diagnose: diagnose, steps: steps, verify: verify, onFailure: onFailure, always: always, notify: nil,
            become: nil, timeout: nil, position: somewhere,
            sources: [SourceFile(path: "test.yaml", bytes: Array("test".utf8))])
    }

    /// Sets `state` to `good` where it is not.
    static var mend: Runbook { .test(steps: [.setting("state", to: "good")]) }
}
