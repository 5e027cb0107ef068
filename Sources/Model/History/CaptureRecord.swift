/// A former state that was kept for a step's undo.
package struct CaptureRecord: Sendable, Hashable, Codable {
    /// The number of its event in the run.
    package var sequence: Int
    package var node: String
    /// The step's index in the plan.
    package var step: Int
    package var id: InvocationID
    /// SHA-256 of the bytes, in hexadecimal.
    package var digest: String
    /// The exact bytes. Nil when they held a secret and were therefore not stored: the node's own copy may be used
    /// if its SHA-256 is `digest`.
    package var bytes: [UInt8]?

    package init(sequence: Int, node: String, step: Int, id: InvocationID, digest: String, bytes: [UInt8]?) {
        self.sequence = sequence
        self.node = node
        self.step = step
        self.id = id
        self.digest = digest
        self.bytes = bytes
    }
}
