import Engine
import Model

/// Lowers steps to the scripts that fake nodes understand.
struct TestCompiler: StepCompiling {
    func action(of step: Step, of runbook: Runbook, on node: LoweringTarget) throws -> StepAction? {
        var given: [String: String] = [:]
        for (name, template) in step.environment {
            guard let text = try template.string(in: node.evaluation) else { return nil }
            given[name] = text
        }
        func script(_ text: String) -> StepProgram.Script {
            var environment = ["RUNBOOK_NODE": node.evaluation.node.name, "RUNBOOK_RUN": node.run.description]
            for (name, value) in node.evaluation.parameters {
                environment[name] = (try? value.environmentText) ?? ""
            }
            if let item = node.evaluation.item { environment["ITEM"] = (try? item.environmentText) ?? "" }
            return StepProgram.Script(text, environment: environment.merging(given) { $1 })
        }
        func program(
            predict: String?, capture: String?, apply: String, undo: String?, grade: UndoGrade, effect: Effect
        ) -> StepProgram {
            StepProgram(
                predict: predict.map(script), predictsInLines: true, capture: capture.map(script), apply: script(apply),
                undo: undo.map(script), grade: grade, effect: effect, location: step.on, summary: step.name,
                undoSummary: "")
        }
        switch step.verb {
        case .run(let text):
            let grade: UndoGrade =
                step.undo == nil ? .irreversible : step.capture == nil ? .compensating : .exact
            return .program(
                program(
                    predict: step.check, capture: step.capture, apply: text, undo: step.undo, grade: grade,
                    effect: step.effect ?? .once))
        case .setting(let setting):
            return .program(
                program(
                    predict: setting.get, capture: nil, apply: setting.set, undo: "set undone yes", grade: .exact,
                    effect: .idempotent))
        case .package:
            return .program(
                program(
                    predict: step.check, capture: nil, apply: "count package", undo: nil, grade: .irreversible,
                    effect: .idempotent))
        case .drain:
            return .program(
                program(
                    predict: "is drained yes", capture: "keep drained", apply: "set drained yes\ncount drains",
                    undo: "restore drained\ncount undrains", grade: .exact, effect: .idempotent))
        case .undrain(let verb): return .undrain(verb)
        case .reboot(let verb):
            return .reboot(
                program(
                    predict: nil, capture: nil, apply: "count reboots\nreboot", undo: nil, grade: .irreversible,
                    effect: .idempotent), timeout: verb.timeout)
        case .wait(let verb): return .wait(script(verb.probe), verb)
        case .collect(.command(let text)): return .collect(script(text))
        case .advise(let verb):
            guard let title = try verb.title.string(in: node.evaluation),
                let text = try verb.text.string(in: node.evaluation)
            else { return nil }
            return .advise(
                title: title, severity: verb.severity, text: text, patch: nil, command: nil, evidence: verb.evidence)
        case .approve(let approval): return .approve(approval)
        default: return .skipped(reason: "fake nodes can't do it")
        }
    }
}
