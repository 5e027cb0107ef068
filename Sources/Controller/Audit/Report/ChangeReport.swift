import Model

/// What a change board has to know of one run, from the journal.
struct ChangeReport: Sendable {
    let id: RunID
    let state: RunState
    let plan: Plan?
    let planDigest: String?
    /// Of the runbook, where it is still kept.
    let title: String
    let description: String
    /// Those that say who allowed what and how the run went; not what only counts events.
    let records: [AuditRecord]
    /// Whether the run's events were removed by `db prune`.
    let isPruned: Bool

    /// More runs than this are listed, not told.
    static let limit = 100

    private static let telling: Set<AuditAction> = [
        .runStarted, .runAdopted, .runResumed, .runStopping, .runConfirmed, .runFinished, .leaseTakenOver,
        .approvalGiven, .approvalDenied, .approvalUsed, .standingGiven, .standingUsed, .standingRevoked,
        .breakGlassUsed, .accessRefused, .windowEntered, .windowRefused, .windowClosing, .windowClosed,
        .scheduleStarted,
        .hostKeysUnchecked,
    ]

    /// Reports of `runs`.
    static func all(_ runs: [RunID], in journal: any JournalStore) async throws -> [ChangeReport] {
        var reports: [ChangeReport] = []
        for run in runs { reports.append(try await ChangeReport(run, in: journal)) }
        return reports
    }

    private init(_ run: RunID, in journal: any JournalStore) async throws {
        id = run
        let summary = try await journal.run(named: run.description)
        isPruned = summary.pruned != nil
        state = RunState(try await RunRecord.events(of: run, in: journal))
        let stored = try await journal.plan(of: run)
        plan = stored?.plan
        planDigest = stored?.digest
        let runbook = try? PinnedRunbook(name: summary.runbook, sources: try await journal.sources(of: run)).load()
        title = runbook?.title ?? ""
        description = runbook?.description ?? ""
        var records: [AuditRecord] = []
        var filter = AuditFilter(run: run, limit: 2000)
        while true {
            let page = try await journal.auditRecords(filter)
            records += page.filter { Self.telling.contains($0.entry.action) }
            guard let last = page.last, page.count == filter.limit else { break }
            filter.after = last.sequence
        }
        self.records = records
    }

    /// Nodes that have the same history, the largest group first.
    var histories: [NodeHistory] { NodeHistory.groups(of: state, plan: plan) }
}
