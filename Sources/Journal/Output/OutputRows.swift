import Crypto
import GRDB
import Model

/// Writes outputs.
struct OutputRows {
    let transaction: JournalTransaction
    let run: Int

    private var db: Database { transaction.db }

    func insert(_ block: StreamBlock) throws {
        let id = block.key.id
        let stored = try storedBytes(block.key)
        guard block.start == stored else {
            throw JournalError(
                .outputGap, "Output of \(block.node) does not follow the \(stored) bytes that are stored.")
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO output_blocks (run, target, step, attempt, stream, start, length, codec, bytes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            run, id.target, id.step, id.attempt, block.key.stream.number, block.start, block.packed.length,
            block.packed.codec.rawValue, block.packed.data,
        ])
        try db.cachedStatement(
            sql: """
                INSERT INTO output_streams (run, target, step, attempt, stream, node, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, digest = NULL
                """
        ).execute(arguments: [
            run, id.target, id.step, id.attempt, block.key.stream.number, block.node, block.packed.length,
        ])
        try db.cachedStatement(sql: "UPDATE runs SET output_bytes = output_bytes + ? WHERE key = ?")
            .execute(arguments: [block.packed.length, run])
    }

    /// Writes a stream's digest and why it was cut, if it was.
    func finish(_ ending: StreamEnding) throws {
        let id = ending.key.id
        let stored = try storedBytes(ending.key)
        guard stored > 0 || ending.bytes > 0 || ending.limitReason != nil else { return }
        // Blocks that were handed over are missing only when the disk was full.
        let reason = ending.limitReason ?? (stored < ending.bytes ? "The controller's disk is full." : nil)
        let digest = stored == ending.bytes ? try ending.digest ?? digest(ending.key) : try digest(ending.key)
        try db.cachedStatement(
            sql: """
                INSERT INTO output_streams (run, target, step, attempt, stream, node, bytes, digest, limit_reason)
                VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
                ON CONFLICT DO UPDATE SET digest = excluded.digest,
                    limit_reason = coalesce(excluded.limit_reason, limit_reason)
                """
        ).execute(arguments: [
            run, id.target, id.step, id.attempt, ending.key.stream.number, ending.node, digest, reason,
        ])
    }

    /// The digests of an ended attempt's streams.
    func digests(of id: InvocationID) throws -> [(OutputChunk.Stream, String)] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT stream, digest FROM output_streams
                    WHERE run = ? AND target = ? AND step = ? AND attempt = ? AND digest IS NOT NULL
                    """),
            arguments: [run, id.target, id.step, id.attempt]
        ).compactMap { row in OutputChunk.Stream(number: row[0]).map { ($0, row[1]) } }
    }

    private func storedBytes(_ key: StreamKey) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT bytes FROM output_streams
                    WHERE run = ? AND target = ? AND step = ? AND attempt = ? AND stream = ?
                    """),
            arguments: [run, key.id.target, key.id.step, key.id.attempt, key.stream.number]) ?? 0
    }

    /// Reads the stream back: for one that was begun by an earlier process.
    private func digest(_ key: StreamKey) throws -> String {
        var hash = SHA256()
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT bytes, codec, length FROM output_blocks
                WHERE run = ? AND target = ? AND step = ? AND attempt = ? AND stream = ? ORDER BY start
                """,
            arguments: [run, key.id.target, key.id.step, key.id.attempt, key.stream.number])
        while let row = try rows.next() {
            hash.update(data: try PackedBytes.unpack(row[0], codec: row[1], length: row[2]))
        }
        return Digest.hex(hash.finalize())
    }
}
