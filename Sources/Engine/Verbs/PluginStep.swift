import Model

extension StepLowering {
    /// A call of a plugin, on the controller: `runbook plugin step` asks it what `RUNBOOK_ACTION` says.
    ///
    /// Path, digest, confinement and settings are in the script's environment, so the plan's digest covers them. Secrets come as files.
    func plugin(_ verb: PluginVerb) throws(Stop) -> StepProgram {
        guard let pin = context.plugins.pins[verb.name] else {
            throw stop(
                .unsupported, "plugin.name", "there is no plugin '\(verb.name)' of kind 'step'",
                hint: "runbook plugin list shows those there are")
        }
        var variables = try settings(verb, pin)
        let secrets = variables.secrets
        variables.plain["RUNBOOK_SELF"] = context.plugins.program
        variables.plain["RUNBOOK_PLUGIN"] = pin.folder
        variables.plain["RUNBOOK_PLUGIN_SHA256"] = pin.digest
        variables.plain["RUNBOOK_PLUGIN_CONFINEMENT"] = context.plugins.confinement
        variables.plain["RUNBOOK_NODE"] = context.evaluation.node.name
        variables.plain["RUNBOOK_RUN"] = context.run.description
        variables.plain["RUNBOOK_STEP"] = step.name
        func part(_ action: String) throws(Stop) -> StepProgram.Script {
            var environment = ScriptEnvironment(variables: variables.plain, secrets: secrets)
            environment.variables["RUNBOOK_ACTION"] = action
            return try script(#"exec "$RUNBOOK_SELF" plugin step"#, environment: environment)
        }
        let isUndoable = pin.manifest.canUndo && !step.isIrreversible
        return StepProgram(
            predict: try part("predict"), predictsInLines: true,
            capture: isUndoable ? try part("capture") : nil, apply: try part("apply"),
            undo: isUndoable ? try part("undo") : nil, grade: isUndoable ? .compensating : .irreversible,
            effect: step.effect ?? pin.manifest.effect, location: location, summary: "call the plugin \(verb.name)",
            undoSummary: isUndoable ? "have the plugin put the former state back" : "cannot be undone")
    }

    private struct PluginVariables {
        var plain: [String: String] = [:]
        /// Secret references by variable name.
        var secrets: [String: String] = [:]
    }

    private func settings(_ verb: PluginVerb, _ pin: PluginPins.Pin) throws(Stop) -> PluginVariables {
        var given: [String: Value] = [:]
        for (name, template) in verb.with {
            let (value, isTainted) = try value(template, key: "plugin.with.\(name)")
            if isTainted { throw tainted("plugin.with.\(name)") }
            if value != .null { given[name] = value }
        }
        let checked: [String: Value]
        do throws(ValueError) {
            checked = try pin.manifest.checked(given)
        } catch {
            throw stop(.value, "plugin.with", error.message, hint: error.hint)
        }
        var variables = PluginVariables()
        var names: [String: Value] = [:]
        var settings: [String: Value] = [:]
        for (number, (name, value)) in checked.sorted(by: { $0.key < $1.key }).enumerated() {
            guard case .secret(let reference) = value else {
                settings[name] = value
                continue
            }
            let variable = "RUNBOOK_PLUGIN_SECRET_\(number)"
            names[name] = .string(variable)
            variables.secrets[variable] = reference
        }
        do {
            variables.plain["RUNBOOK_PLUGIN_SETTINGS"] = try Value.map(settings).jsonText()
            variables.plain["RUNBOOK_PLUGIN_SECRETS"] = try Value.map(names).jsonText()
        } catch {
            throw stop(
                .secret, "plugin.with", "a secret can't stand inside of a list or a map",
                hint: "the plugin needs a setting of type secret for it")
        }
        return variables
    }
}
