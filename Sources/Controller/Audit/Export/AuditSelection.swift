import Model

/// Which audit records are asked for. What is nil does not restrict.
package struct AuditSelection: Sendable {
    /// The run's id or its beginning, or `last`.
    package var run: String?
    /// Records that name one of these nodes.
    package var nodes: NodeSet?
    package var user: String?
    package var action: AuditAction?
    /// Milliseconds since 1970, inclusive.
    package var since: Int?
    /// Milliseconds since 1970, exclusive.
    package var until: Int?
    /// Runs that were let through by the change window of this calendar, and what was recorded of it.
    package var window: String?

    package init(
        run: String? = nil, nodes: NodeSet? = nil, user: String? = nil, action: AuditAction? = nil, since: Int? = nil,
        until: Int? = nil, window: String? = nil
    ) {
        self.run = run
        self.nodes = nodes
        self.user = user
        self.action = action
        self.since = since
        self.until = until
        self.window = window
    }

    /// As it stands in a manifest.
    func words(run: RunID?) -> [String: String] {
        var words: [String: String] = [:]
        words["run"] = run?.description
        words["nodes"] = nodes?.folded
        words["user"] = user
        words["action"] = action?.rawValue
        words["since"] = since.map { UTCText.milliseconds($0) }
        words["until"] = until.map { UTCText.milliseconds($0) }
        words["window"] = window
        return words
    }
}

/// Reads the records of a selection, in order.
package struct AuditReader: Sendable {
    private let journal: any JournalStore
    private let selection: AuditSelection
    /// The run that is asked for.
    let run: RunID?
    private let runsOfWindow: Set<RunID>
    private static let page = 2000

    /// - Throws: `JournalError` when the run does not exist.
    package init(_ selection: AuditSelection, in journal: any JournalStore) async throws {
        self.journal = journal
        self.selection = selection
        run = if let name = selection.run { try await journal.run(named: name).id } else { nil }
        guard let window = selection.window else {
            runsOfWindow = []
            return
        }
        var runs: Set<RunID> = []
        try await Self.pages(AuditFilter(action: .windowEntered, limit: Self.page), journal) { record in
            if record.entry.detail["calendar"] == window, let run = record.entry.run { runs.insert(run) }
        }
        runsOfWindow = runs
    }

    /// All records up to number `last`, which nil leaves open.
    package func read(upTo last: Int? = nil, _ body: (AuditRecord) throws -> Void) async throws {
        let filter = AuditFilter(
            run: run, user: selection.user, action: selection.action, since: selection.since, until: selection.until,
            limit: Self.page)
        try await Self.pages(filter, journal) { record in
            if let last, record.sequence > last { return }
            if matches(record) { try body(record) }
        }
    }

    /// The newest `limit` records, the newest last.
    package func newest(_ limit: Int) async throws -> [AuditRecord] {
        guard selection.nodes == nil, selection.window == nil else {
            var found: [AuditRecord] = []
            try await read { record in
                found.append(record)
                if found.count >= 2 * limit + 100 { found.removeFirst(found.count - limit) }
            }
            return found.suffix(limit)
        }
        let filter = AuditFilter(
            run: run, user: selection.user, action: selection.action, since: selection.since, until: selection.until,
            newestFirst: true, limit: limit)
        return try await journal.auditRecords(filter).reversed()
    }

    private func matches(_ record: AuditRecord) -> Bool {
        if let nodes = selection.nodes {
            guard let text = record.entry.nodes, let named = try? NodeSet(parsing: text, resolver: nil),
                !named.isDisjoint(with: nodes)
            else { return false }
        }
        if let window = selection.window {
            guard record.entry.detail["calendar"] == window || record.entry.run.map(runsOfWindow.contains) == true
            else { return false }
        }
        return true
    }

    private static func pages(
        _ filter: AuditFilter, _ journal: any JournalStore, _ body: (AuditRecord) throws -> Void
    ) async throws {
        var filter = filter
        while true {
            let records = try await journal.auditRecords(filter)
            for record in records { try body(record) }
            guard let last = records.last, records.count == filter.limit else { return }
            filter.after = last.sequence
        }
    }
}
