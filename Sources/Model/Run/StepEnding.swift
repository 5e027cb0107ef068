/// How a step's attempt ended.
package struct StepEnding: Sendable, Hashable, Codable {
    package var id: InvocationID
    package var name: String
    package var purpose: StepIntent.Purpose
    package var status: Status
    package var outcome: InvocationOutcome?
    /// One line for a person: why it failed or was skipped, what changed.
    package var text: String
    package var standardOutputBytes: Int
    package var standardErrorBytes: Int
    /// The target that did the step for the whole run, where it was another one (`run_once`).
    package var doneBy: String?
    /// Whether anything of it may have been carried out on the node.
    package var mayHaveChanged: Bool

    package enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case changed, unchanged, skipped, failed, unknown
    }

    package init(
        id: InvocationID, name: String, purpose: StepIntent.Purpose, status: Status, outcome: InvocationOutcome? = nil,
        text: String = "", standardOutputBytes: Int = 0, standardErrorBytes: Int = 0, doneBy: String? = nil,
        mayHaveChanged: Bool = false
    ) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.status = status
        self.outcome = outcome
        self.text = text
        self.standardOutputBytes = standardOutputBytes
        self.standardErrorBytes = standardErrorBytes
        self.doneBy = doneBy
        self.mayHaveChanged = mayHaveChanged
    }
}
