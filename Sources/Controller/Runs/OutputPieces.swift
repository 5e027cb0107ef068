import Model

/// The bytes of one stored stream, a piece at a time, so that they are never in memory as a whole.
package struct OutputPieces: Sendable {
    /// Bytes of a piece at most.
    package static let size = 1 << 20

    private let journal: any JournalStore
    private let record: OutputRecord
    private var offset: Int
    private let end: Int

    init(of record: OutputRecord, from start: Int, upTo end: Int, journal: any JournalStore) {
        self.journal = journal
        self.record = record
        offset = start
        self.end = end
    }

    /// The next piece; nil at the end.
    /// - Throws: `JournalError` of code `damaged` where less is stored than the record says.
    package mutating func next() async throws -> [UInt8]? {
        guard offset < end else { return nil }
        let piece = try await journal.output(
            of: record.id, stream: record.stream, from: offset, limit: min(Self.size, end - offset))
        guard !piece.isEmpty else {
            throw JournalError(
                .damaged, "Of an output of \(record.node) only \(offset) of \(record.bytes) bytes can be read back.",
                hint: "runbook db check says more.")
        }
        offset += piece.count
        return piece
    }
}
