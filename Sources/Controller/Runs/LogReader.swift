import Crypto
import Foundation
import Model

/// Outputs of one run, restricted to some nodes and one step.
package struct LogReader: Sendable {
    private let journal: any JournalStore
    private let summary: RunSummary
    private let nodes: Set<String>?
    private let step: String?
    /// What sensitive steps sent, unless it may be shown.
    private var withheld: Set<InvocationID>
    /// Whether the outputs of sensitive steps are not withheld.
    package let showsSensitive: Bool

    /// The outputs of sensitive steps are withheld unless `showsSensitive`.
    /// - Parameter state: the run's, where it is known already.
    /// - Throws: `JournalError` when the run does not exist.
    package init(
        _ run: String, nodes: NodeSet?, step: String?, showsSensitive: Bool = false, state: RunState? = nil,
        journal: any JournalStore
    ) async throws {
        self.journal = journal
        self.step = step
        self.showsSensitive = showsSensitive
        summary = try await journal.run(named: run)
        if showsSensitive {
            withheld = []
        } else if let state {
            withheld = state.sensitiveInvocations
        } else {
            withheld = RunState(try await RunRecord.events(of: summary.id, in: journal)).sensitiveInvocations
        }
        self.nodes = nodes.map { Set($0.names) }
    }

    /// The run.
    package var run: RunID { summary.id }

    /// What is stored, in order: attempt after attempt, node after node.
    package func records() async throws -> [OutputRecord] {
        try await journal.outputs(of: summary.id, nodes: nodes, step: step)
    }

    /// The same of some nodes.
    package func records(of some: Set<String>) async throws -> [OutputRecord] {
        try await journal.outputs(of: summary.id, nodes: nodes.map(some.intersection) ?? some, step: step)
    }

    /// The last lines that each failed step and each failed undo of the run, whose state is `state`, printed.
    package func lastLines(_ state: RunState) async throws -> [InvocationID: [String]] {
        try await journal.lastLines(state)
    }

    /// Takes in what came after this was made: a sensitive step that began since is withheld too.
    package mutating func take(_ event: RunEvent) {
        if case .stepIntended(_, let intent) = event, intent.isSensitive, !showsSensitive { withheld.insert(intent.id) }
    }

    /// Whether `event` is about the chosen nodes and the chosen step; what is about the whole run is.
    package func concerns(_ event: RunEvent) -> Bool {
        guard let node = event.node else { return true }
        if let nodes, !nodes.contains(node) { return false }
        guard let step else { return true }
        return switch event {
        case .stepIntended(_, let intent): intent.name == step
        case .stepEnded(_, let ending): ending.name == step
        case .probeAnswered(_, let answer): answer.probe == step
        case .advised(_, let advice): advice.step == step
        default: false
        }
    }

    /// Whether the bytes of `record` are those of a sensitive step.
    package func isWithheld(_ record: OutputRecord) -> Bool { withheld.contains(record.id) }

    /// The bytes of `record` from `start` on, up to `end` where that is given; none where they are withheld.
    package func pieces(of record: OutputRecord, from start: Int = 0, upTo end: Int = .max) -> OutputPieces {
        OutputPieces(
            of: record, from: start, upTo: isWithheld(record) ? start : min(end, record.bytes), journal: journal)
    }

    /// The SHA-256 of `record`'s bytes in hexadecimal, as the journal has it or, while the step goes on, as they are.
    package func digest(of record: OutputRecord) async throws -> String {
        if let digest = record.digest { return digest }
        var hash = SHA256()
        var pieces = OutputPieces(of: record, from: 0, upTo: record.bytes, journal: journal)
        while let piece = try await pieces.next() { hash.update(data: piece) }
        return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Events after `sequence`, waiting for at least one, but no longer than `limit`.
    package func nextEvents(after sequence: Int, within limit: Duration) async throws -> [RecordedEvent] {
        try await withThrowingTaskGroup(of: [RecordedEvent].self) { group in
            group.addTask { try await journal.nextEvents(of: summary.id, after: sequence, limit: 500) }
            group.addTask {
                try await Task.sleep(for: limit)
                return []
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
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
