/// Which runs to list. What is nil or empty does not restrict.
package struct RunFilter: Sendable, Hashable {
    package var kinds: Set<RunHeader.Kind>
    package var runbook: String?
    /// The Unix user who asked for it.
    package var user: String?
    /// A node that was among its targets.
    package var node: String?
    package var phases: Set<RunPhase>
    /// The run that it undoes or continues.
    package var parent: RunID?
    /// Milliseconds since 1970, inclusive.
    package var since: Int?
    /// Milliseconds since 1970, exclusive.
    package var until: Int?
    /// At most so many, the newest first.
    package var limit: Int

    package init(
        kinds: Set<RunHeader.Kind> = [], runbook: String? = nil, user: String? = nil, node: String? = nil,
        phases: Set<RunPhase> = [], parent: RunID? = nil, since: Int? = nil, until: Int? = nil, limit: Int = 50
    ) {
        self.kinds = kinds
        self.runbook = runbook
        self.user = user
        self.node = node
        self.phases = phases
        self.parent = parent
        self.since = since
        self.until = until
        self.limit = limit
    }
}
