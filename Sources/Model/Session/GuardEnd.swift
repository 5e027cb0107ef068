/// What became of an undo that was armed on a node.
package enum GuardEnd: Sendable, Hashable {
    /// It never runs.
    case disarmed
    /// It has run.
    case fired
    /// The node does not know of it.
    case unknown
}
