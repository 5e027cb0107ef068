/// A node's lease: which run may change it.
package struct LeaseRecord: Sendable, Hashable, Codable {
    package var node: String
    /// The token that was given out last.
    package var fence: Int
    /// Nil when nobody holds it.
    package var holder: RunID?
    /// When it was claimed; milliseconds since 1970.
    package var claimed: Int
    /// Whether the process that claimed it is gone, so that another may take it over.
    package var isAbandoned: Bool

    package init(node: String, fence: Int, holder: RunID?, claimed: Int, isAbandoned: Bool) {
        self.node = node
        self.fence = fence
        self.holder = holder
        self.claimed = claimed
        self.isAbandoned = isAbandoned
    }
}
