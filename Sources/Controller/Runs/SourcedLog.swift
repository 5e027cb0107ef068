import Model

/// The journal, which gets a run's files with the run's first event.
struct SourcedLog: RunLog {
    let journal: any JournalStore
    let sources: [SourceFile]

    func append(_ events: [RunEvent], run: RunID) async throws {
        guard case .runStarted = events.first else { return try await journal.append(events, run: run) }
        try await journal.append(events, sources: sources, run: run)
    }

    func output(_ chunk: OutputChunk, of id: InvocationID, node: String) async throws -> OutputReceipt {
        try await journal.output(chunk, of: id, node: node)
    }

    func store(plan: Plan, digest: String, run: RunID) async throws {
        try await journal.store(plan: plan, digest: digest, run: run)
    }

    func claim(node: String, run: RunID) async throws -> Int { try await journal.claim(node: node, run: run) }

    func release(node: String, run: RunID) async throws { try await journal.release(node: node, run: run) }

    func shown(_ event: RunEvent, run: RunID) -> RunEvent { journal.shown(event, run: run) }

    func shown(_ plan: Plan, run: RunID) -> Plan { journal.shown(plan, run: run) }
}
