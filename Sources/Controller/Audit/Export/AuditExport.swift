import Foundation
import Model

/// Writes audit records for somebody who has no access to the database, so that they can be checked without it.
package struct AuditExport: Sendable {
    private let settings: Settings
    private let journal: any JournalStore

    /// What was written.
    package struct Summary: Sendable, Encodable {
        package var path: String
        package var records: Int
        package var first: Int
        package var last: Int
        package var runs: Int
        /// The fingerprint of the key that signed.
        package var key: String
        /// The SHA-256 of the manifest, in hexadecimal.
        package var manifest: String
    }

    package init(_ settings: Settings, journal: any JournalStore) {
        self.settings = settings
        self.journal = journal
    }

    /// Writes the records of `selection` into the new folder at `path`, and records in the audit trail that it did.
    /// - Throws: `RequestError` where nothing fits, or the chain is broken: what can't be trusted is not signed.
    package func write(_ selection: AuditSelection, to path: String) async throws -> Summary {
        let verification = try await journal.verifyAudit(against: [])
        if let fault = verification.fault {
            throw RequestError(
                .refused,
                "The audit chain is broken at record \(fault.sequence), so nothing is signed: \(fault.message)",
                hint: "runbook audit verify says more.")
        }
        guard let head = verification.head else { throw RequestError(.refused, "The journal is empty.") }
        let key = try await ControllerKey(settings)
        let reader = try await AuditReader(selection, in: journal)
        let folder = try ExportFolder(path)
        let (records, runs, covered) = try await writeRecords(reader, upTo: head.sequence, to: folder)
        for run in covered { try await writeEvents(of: run, to: folder) }
        let reports = try await ChangeReport.all(runs, in: journal)
        try folder.write(
            Data(
                ReportPage(reports: reports, database: head.database, records: records, key: key.fingerprint).html.utf8),
            as: ExportManifest.reportName)
        let manifest = ExportManifest(
            database: head.database, selection: selection.words(run: reader.run), records: records,
            files: folder.files, key: key.fingerprint)
        let bytes = try manifest.encoded()
        try folder.write(bytes, as: ExportManifest.name)
        try folder.write(
            Data(try await key.sign(Array(bytes), for: .export).utf8), as: ExportManifest.signatureName)
        try folder.write(Data(key.signersLine.utf8), as: ExportManifest.signersName)
        let digest = folder.files[ExportManifest.name]?.sha256 ?? ""
        try await journal.record(
            AuditEntry(
                actor: RunService.requester, action: .auditExported, outcome: "\(records.count) records",
                detail: manifest.selection.merging(
                    ["manifest": digest, "first": String(records.first), "last": String(records.last)]
                ) { own, _ in own }))
        return Summary(
            path: path, records: records.count, first: records.first, last: records.last, runs: runs.count,
            key: key.fingerprint, manifest: digest)
    }

    /// - Returns: what was written, the runs it is about, and those whose events it covers, each in their order.
    private func writeRecords(
        _ reader: AuditReader, upTo last: Int, to folder: ExportFolder
    ) async throws -> (ExportManifest.Records, [RunID], [RunID]) {
        let lines = try folder.begin(ExportManifest.recordsName)
        let hashes = try folder.begin(ExportManifest.hashesName)
        let table = try folder.begin(ExportManifest.tableName)
        try table.write(AuditCSV.header)
        var records: ExportManifest.Records?
        var runs = OrderedRuns()
        var covered = OrderedRuns()
        try await reader.read(upTo: last) { record in
            try lines.write(record.canonical + "\n")
            try hashes.write("\(record.hash)  \(record.sequence)\n")
            try table.write(AuditCSV.row(record))
            if let run = record.entry.run {
                runs.add(run)
                if record.entry.action == .runEvents { covered.add(run) }
            }
            guard var known = records else {
                records = ExportManifest.Records(
                    count: 1, first: record.sequence, last: record.sequence, previous: record.previous,
                    hash: record.hash, complete: true)
                return
            }
            if record.sequence != known.last + 1 { known.complete = false }
            known.count += 1
            known.last = record.sequence
            known.hash = record.hash
            records = known
        }
        try folder.end(lines, as: ExportManifest.recordsName)
        try folder.end(hashes, as: ExportManifest.hashesName)
        try folder.end(table, as: ExportManifest.tableName)
        guard let records else {
            try? FileManager.default.removeItem(atPath: folder.path)
            throw RequestError(.selector, "No audit record is as asked for.", hint: "runbook audit list shows some.")
        }
        return (records, runs.list, covered.list)
    }

    private func writeEvents(of run: RunID, to folder: ExportFolder) async throws {
        var last = 0
        var writer: ExportFolder.Writer?
        while true {
            let events = try await journal.eventTexts(of: run, after: last, limit: 2000)
            guard let newest = events.last else { break }
            let file = try writer ?? folder.begin(ExportManifest.eventsName(run))
            writer = file
            for event in events { try file.write(event.line + "\n") }
            last = newest.sequence
        }
        if let writer { try folder.end(writer, as: ExportManifest.eventsName(run)) }
    }
}

/// Runs in the order in which they first came.
private struct OrderedRuns {
    private(set) var list: [RunID] = []
    private var known: Set<RunID> = []

    mutating func add(_ run: RunID) {
        if known.insert(run).inserted { list.append(run) }
    }
}
