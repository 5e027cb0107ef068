import Foundation
import Model

/// Outputs of one run, restricted to some nodes and one step.
package struct LogReader: Sendable {
    private let journal: any JournalStore
    private let summary: RunSummary
    private let nodes: Set<String>?
    private let step: String?
    /// What sensitive steps sent, unless it may be shown.
    private let withheld: Set<InvocationID>

    /// The outputs of sensitive steps are withheld unless `showsSensitive`.
    /// - Throws: `RequestError` when nothing of the run fits.
    package init(
        _ run: String, nodes selector: String?, step: String?, showsSensitive: Bool = false, journal: any JournalStore
    ) async throws {
        self.journal = journal
        self.step = step
        summary = try await journal.run(named: run)
        withheld =
            showsSensitive
            ? [] : RunState(try await RunRecord.events(of: summary.id, in: journal)).sensitiveInvocations
        let targets = try await journal.targets(of: summary.id).map(\.node)
        if let selector {
            let chosen = Set(try NodeSet(parsing: selector, resolver: nil).names)
            let strangers = chosen.subtracting(targets)
            guard strangers.isEmpty else {
                throw RequestError(
                    .selector, "No targets of run \(summary.id.short): \(NodeSet(names: strangers).folded).",
                    hint: "It was about \(summary.targets).")
            }
            nodes = chosen
        } else {
            nodes = nil
        }
    }

    /// The run.
    package var run: RunID { summary.id }

    /// What is stored, in order: attempt after attempt, node after node.
    package func records() async throws -> [OutputRecord] {
        try await journal.outputs(of: summary.id, nodes: nodes, step: step)
    }

    /// Whether the bytes of `record` are those of a sensitive step.
    package func isWithheld(_ record: OutputRecord) -> Bool { withheld.contains(record.id) }

    /// All bytes of one record; none where they are withheld.
    package func bytes(of record: OutputRecord) async throws -> [UInt8] {
        if isWithheld(record) { return [] }
        var bytes: [UInt8] = []
        while bytes.count < record.bytes {
            let more = try await journal.output(
                of: record.id, stream: record.stream, from: bytes.count, limit: 1 << 20)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// Events after `sequence`, waiting for at least one.
    package func nextEvents(after sequence: Int) async throws -> [RecordedEvent] {
        try await journal.nextEvents(of: summary.id, after: sequence, limit: 500)
    }

    /// Records in the audit trail that outputs were read.
    package func audit() async throws {
        try await journal.record(
            AuditEntry(
                actor: RunService.requester, action: .outputRead, run: summary.id,
                nodes: nodes.map { NodeSet(names: $0).folded } ?? summary.targets,
                detail: step.map { ["step": $0] } ?? [:]))
    }
}
