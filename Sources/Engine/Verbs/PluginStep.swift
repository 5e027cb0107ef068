import Model

extension StepLowering {
    /// An action plugin's parameters, each with its type.
    func plugin(_ verb: PluginVerb) throws(Stop) -> StepAction {
        var parameters: [String: Value] = [:]
        for (name, template) in verb.with {
            let (value, isTainted) = try value(template, key: "plugin.with.\(name)")
            if isTainted, location != .target { throw tainted("plugin.with.\(name)") }
            parameters[name] = value
        }
        return .plugin(name: verb.name, parameters: parameters)
    }
}
