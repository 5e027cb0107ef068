/// A run that may have changed a node after an earlier one did.
package struct LaterRun: Sendable, Hashable, Codable {
    package var node: String
    package var run: RunID
    package var kind: RunHeader.Kind
    package var runbook: String
    /// The run that it undoes or continues.
    package var parent: RunID?
    /// When it first sent a change to the node; milliseconds since 1970.
    package var time: Int

    package init(node: String, run: RunID, kind: RunHeader.Kind, runbook: String, parent: RunID?, time: Int) {
        self.node = node
        self.run = run
        self.kind = kind
        self.runbook = runbook
        self.parent = parent
        self.time = time
    }
}
