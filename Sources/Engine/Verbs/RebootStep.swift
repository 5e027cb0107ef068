import Model

extension StepLowering {
    /// A point of no return.
    func reboot() throws(Stop) -> StepProgram {
        try program(
            TypedProgram(
                script: .reboot, values: [:], summary: "reboot", undoSummary: "", isUndoable: false, effect: .once))
    }
}
