import Engine
import Model
import Testing

/// Steps for tests, and what becomes of them.
enum Lowered {
    static let run = RunID(random: 0x1234_5678_9abc_def0, 42)

    static func step(
        _ verb: Verb, name: String = "a step", on: Location = .target, check: String? = nil, undo: String? = nil,
        capture: String? = nil, environment: [String: Template] = [:], shell: Invocation.Shell = .sh,
        isIrreversible: Bool = false, isSensitive: Bool = false
    ) -> Step {
        Step(
            name: name, verb: verb, on: on, check: check, undo: undo, shell: shell, environment: environment,
            capture: capture, isIrreversible: isIrreversible, isSensitive: isSensitive,
            position: SourcePosition(file: "Runbooks/x.yaml", line: 1, column: 1))
    }

    static func context(
        parameters: [String: Value] = [:], tainted: Set<String> = [], node: Node = Node(name: "gpu01"),
        facts: [String: String] = [:], item: Value? = nil, distribution: String = "debian", version: String = "12",
        roles: [String: NodeSet] = [:], hasSystemd: Bool = true, plugins: PluginPins = PluginPins()
    ) -> LoweringContext {
        LoweringContext(
            evaluation: EvaluationContext(
                parameters: parameters, node: node, facts: facts, item: item, taintedParameters: tainted),
            distribution: distribution, distributionVersion: version, roles: roles, run: run, hasSystemd: hasSystemd,
            plugins: plugins)
    }

    static let runbook = Runbook(
        name: "x", version: 1, title: "x", description: "", supportCase: nil, owners: [], tags: [], covers: [],
        references: [], platforms: [], targets: .nodes("@*"), parameters: [], requires: [], strategy: Strategy(),
        approve: nil, window: nil, schedule: nil, detect: nil, diagnose: [], steps: [], verify: [],
        onFailure: .rollback,
        always: [], notify: nil, become: nil, timeout: nil,
        position: SourcePosition(file: "Runbooks/x.yaml", line: 1, column: 1), sources: [])

    static func action(of step: Step, in context: LoweringContext = context()) throws -> StepAction? {
        try VerbCompiler(runbook: runbook).compile(step, in: context)
    }

    static func program(of step: Step, in context: LoweringContext = context()) throws -> StepProgram {
        guard case .program(let program)? = try action(of: step, in: context) else {
            throw LoweringTestError(text: "no program")
        }
        return program
    }

    static func program(_ verb: Verb, in context: LoweringContext = context()) throws -> StepProgram {
        try program(of: step(verb), in: context)
    }

    /// The error that lowering ends with.
    static func error(of verb: Verb, in context: LoweringContext = context(), on: Location = .target) -> LoweringError?
    {
        do {
            _ = try VerbCompiler(runbook: runbook).compile(step(verb, on: on), in: context)
            return nil
        } catch {
            return error
        }
    }

    /// `${{ node.facts.NAME }}`: what came from the node.
    static func fact(_ name: String) -> Template {
        .expression(.member(.member(.root("node"), "facts"), name))
    }

    static func parameter(_ name: String) -> Template { .expression(.member(.root("params"), name)) }

    static func text(_ text: String) -> Template { .literal(.string(text)) }
}

struct LoweringTestError: Error {
    var text: String
}
