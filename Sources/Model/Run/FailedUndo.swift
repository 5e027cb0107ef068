/// An undo that failed, and how it left its node.
package struct FailedUndo: Sendable, Hashable, Codable {
    /// The step that could not be undone.
    package var step: String
    /// How its undo ended, in words.
    package var text: String
    /// The undo's last attempt; nil where nothing was sent.
    package var invocation: InvocationID?
    /// With what the undo ended; nil where it did not end by itself.
    package var exitStatus: Int32?
    /// It left everything as it is, because somebody has changed it since the step.
    package var wasChangedSince: Bool
    /// Steps whose changes are put back.
    package var undone: [String]
    /// Steps whose changes are there still, those of `step` perhaps in part.
    package var standing: [String]

    package init(
        step: String, text: String, invocation: InvocationID? = nil, exitStatus: Int32? = nil,
        wasChangedSince: Bool = false, undone: [String] = [], standing: [String] = []
    ) {
        self.step = step
        self.text = text
        self.invocation = invocation
        self.exitStatus = exitStatus
        self.wasChangedSince = wasChangedSince
        self.undone = undone
        self.standing = standing
    }
}
