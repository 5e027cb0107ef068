import Model

/// The values that every script of a step finds.
struct ScriptEnvironment {
    var variables: [String: String] = [:]
    /// Secret references by variable name.
    var secrets: [String: String] = [:]
}

extension StepLowering {
    /// The largest that Linux takes for one variable, with its name.
    static let variableLimit = 131_072

    /// Where the step's scripts run.
    var location: Location {
        if case .plugin = step.verb { return .controller }
        if case .drain = step.verb { return (try? scheduler())?.location ?? step.on }
        return step.on
    }

    /// Parameters, the step's own `env`, and what names node, run, step and item.
    func scriptEnvironment() throws(Stop) -> ScriptEnvironment {
        var environment = ScriptEnvironment()
        for (name, value) in context.evaluation.parameters {
            let isTainted = context.evaluation.taintedParameters.contains(name)
            if isTainted, location != .target { throw tainted("parameter \(name)") }
            try put(value, as: name, key: "parameter \(name)", into: &environment)
        }
        for (name, template) in step.environment {
            let (value, isTainted) = try value(template, key: "env.\(name)")
            if isTainted, location != .target { throw tainted("env.\(name)") }
            try put(value, as: name, key: "env.\(name)", into: &environment)
        }
        if let item = context.evaluation.item { try put(item, as: "ITEM", key: "item", into: &environment) }
        environment.variables["RUNBOOK_NODE"] = context.evaluation.node.name
        environment.variables["RUNBOOK_RUN"] = context.run.description
        environment.variables["RUNBOOK_STEP"] = step.name
        return environment
    }

    private func put(
        _ value: Value, as name: String, key: String, into environment: inout ScriptEnvironment
    ) throws(Stop) {
        if case .null = value { return }
        if case .secret(let reference) = value {
            environment.secrets[name] = reference
        } else {
            environment.variables[name] = try text(of: value, key: key, .bytes)
        }
    }

    /// A script that the runbook's author wrote.
    func authored(_ text: String, in environment: ScriptEnvironment) throws(Stop) -> StepProgram.Script {
        try script(text, shell: step.shell, environment: environment)
    }

    func script(
        _ text: String, shell: Invocation.Shell = .sh, environment: ScriptEnvironment, input: [UInt8]? = nil
    ) throws(Stop) -> StepProgram.Script {
        for (name, value) in environment.variables where name.utf8.count + value.utf8.count + 2 > Self.variableLimit {
            throw stop(
                .value, name,
                "its value has \(value.utf8.count) bytes, more than Linux lets an environment variable have",
                hint: "carry it in a file with a `file` step")
        }
        return StepProgram.Script(
            text, shell: shell, environment: environment.variables, secrets: environment.secrets, input: input)
    }

    /// What a typed verb adds to the common ground.
    struct TypedProgram {
        var script: NodeScript
        var values: [String: String]
        var input: [UInt8]?
        var summary: String
        var undoSummary: String
        /// Whether the verb itself knows how to undo it.
        var isUndoable = true
        var effect: Effect = .idempotent
    }

    /// The four parts of a typed verb's script, with the step's own `check`, `capture` and `undo` where it has them.
    func program(_ typed: TypedProgram) throws(Stop) -> StepProgram {
        let common = try scriptEnvironment()
        func part(_ action: String, input: [UInt8]? = nil) throws(Stop) -> StepProgram.Script {
            var environment = common
            environment.variables.merge(typed.values) { _, own in own }
            environment.variables["RUNBOOK_ACTION"] = action
            environment.variables["RUNBOOK_SHELL"] = step.shell.rawValue
            environment.variables["RUNBOOK_SENSITIVE"] = step.isSensitive ? "yes" : ""
            environment.variables["RUNBOOK_CHECK"] = action == "predict" ? step.check ?? "" : ""
            if typed.script.worksAsOwner { environment.variables["RUNBOOK_PROGRAM"] = typed.script.text }
            return try script(typed.script.text, environment: environment, input: input)
        }
        var capture: StepProgram.Script?
        var undo: StepProgram.Script?
        var grade: UndoGrade = typed.isUndoable ? .exact : .irreversible
        var undoSummary = typed.undoSummary
        if step.isIrreversible {
            grade = .irreversible
        } else if let script = step.undo {
            capture = try step.capture.map { own throws(Stop) in try authored(own, in: common) }
            if capture == nil, typed.isUndoable { capture = try part("capture") }
            undo = try authored(script, in: common)
            grade = step.capture == nil ? .compensating : .exact
            undoSummary = "run the step's own undo"
        } else if typed.isUndoable {
            capture = try part("capture")
            undo = try part("undo")
        }
        return StepProgram(
            predict: try part("predict", input: typed.input), predictsInLines: true, capture: capture,
            apply: try part("apply", input: typed.input), undo: undo, grade: grade, effect: step.effect ?? typed.effect,
            location: location, summary: typed.summary,
            undoSummary: grade == .irreversible ? "cannot be undone" : undoSummary)
    }
}
