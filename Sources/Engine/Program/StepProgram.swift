import Model

/// A step lowered for one node: fixed scripts, with every value in their environment or input.
package struct StepProgram: Sendable, Hashable {
    /// Read-only. Exit 0: nothing to do; 1–125: it would change something; else unknown. Nil: `change` without being
    /// asked. `PredictionReport` reads what it prints.
    package var predict: Script?
    /// Whether `predict` prints a report (a typed verb's own script), or whatever its author liked (a `check`).
    package var predictsInLines: Bool
    /// Read-only, run just before the step: its standard output is the former state.
    package var capture: Script?
    /// Makes the change. It finds `$RUNBOOK_EXPECT`, the planned digest of the former value (empty: any), and exits
    /// with `driftStatus` without a change when the node has another.
    package var apply: Script
    /// Puts the former state back; reads what `capture` printed on standard input. A typed verb's undo may be given
    /// `$RUNBOOK_EXPECT`, the digest of the value that the step left, and then also exits with `driftStatus`, without
    /// a change, where the node has another.
    package var undo: Script?
    /// What it is worth before a node was asked; `predict` may lower it.
    package var grade: UndoGrade
    /// What a resumed run may do when its outcome is unknown.
    package var effect: Effect
    /// Where it runs.
    package var location: Location
    /// In words, for the plan: `install nvidia-driver 550.163.01`.
    package var summary: String
    /// In words, for the plan: `put the former version back`.
    package var undoSummary: String

    /// The exit status by which `apply` says that the node's former value is not the planned one.
    package static let driftStatus: Int32 = 75

    package init(
        predict: Script?, predictsInLines: Bool = false, capture: Script?, apply: Script, undo: Script?,
        grade: UndoGrade, effect: Effect, location: Location, summary: String, undoSummary: String
    ) {
        self.predict = predict
        self.predictsInLines = predictsInLines
        self.capture = capture
        self.apply = apply
        self.undo = undo
        self.grade = grade
        self.effect = effect
        self.location = location
        self.summary = summary
        self.undoSummary = undoSummary
    }

    /// A script's text, what runs it, and its values.
    package struct Script: Sendable, Hashable {
        package var text: String
        package var shell: Invocation.Shell
        package var environment: [String: String]
        /// Secret references by variable name.
        package var secrets: [String: String]
        package var input: [UInt8]?

        package init(
            _ text: String, shell: Invocation.Shell = .sh, environment: [String: String] = [:],
            secrets: [String: String] = [:], input: [UInt8]? = nil
        ) {
            self.text = text
            self.shell = shell
            self.environment = environment
            self.secrets = secrets
            self.input = input
        }
    }
}
