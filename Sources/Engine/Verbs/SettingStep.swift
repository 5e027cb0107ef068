import Model

extension StepLowering {
    /// A live value, undone by its own `set` with what `get` gave before.
    func setting(_ verb: SettingVerb) throws(Stop) -> StepProgram {
        var value = try text(verb.value, key: "setting.value", .bytes)
        while value.hasSuffix("\n") { value.removeLast() }
        return try program(
            TypedProgram(
                script: .setting, values: ["SETTING_GET": verb.get, "SETTING_SET": verb.set, "VALUE": value],
                summary: "set to \(value)", undoSummary: "set the former value"))
    }
}
