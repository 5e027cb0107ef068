import GRDB
import Model

/// Writes the files that a run is made from.
struct SourceRows: Sendable {
    private let files: [(path: String, blob: Blob)]

    init(_ sources: [SourceFile]) throws { files = try sources.map { ($0.path, try Blob($0.bytes)) } }

    /// Keeps them, if there are any.
    func insert(_ run: RunID, _ transaction: JournalTransaction) throws {
        guard !files.isEmpty else { return }
        let row = try transaction.run(run)
        var digests: [String: String] = [:]
        for (position, file) in files.enumerated() {
            try file.blob.store(transaction)
            digests[file.path] = file.blob.digest
            try transaction.db.cachedStatement(
                sql: "INSERT INTO sources (run, position, path, blob) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [row.key, position, file.path, file.blob.digest])
        }
        try transaction.audit(AuditEntry(actor: row.actor, action: .sourcesStored, run: run, detail: digests))
    }
}
