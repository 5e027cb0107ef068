import Model

extension StepLowering {
    /// Evidence: a command's output, or a file.
    func collect(_ verb: CollectVerb) throws(Stop) -> StepProgram.Script {
        var environment = try scriptEnvironment()
        switch verb {
        case .command(let text): return try authored(text, in: environment)
        case .file(let template):
            environment.variables["COLLECT_PATH"] = try path(template, key: "collect.file")
            return try script(NodeScript.collectFile, environment: environment)
        }
    }
}
