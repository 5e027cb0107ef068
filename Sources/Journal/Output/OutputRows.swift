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

    /// Writes the digests of an ended attempt's streams, and why they were cut, if they were.
    /// - Parameter known: what this process knows of them; streams of an earlier process are read back.
    /// - Returns: the digests by stream.
    func finish(_ id: InvocationID, known: [StreamEnding]) throws -> [OutputChunk.Stream: String] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT stream, bytes, node FROM output_streams
                    WHERE run = ? AND target = ? AND step = ? AND attempt = ?
                    """),
            arguments: [run, id.target, id.step, id.attempt])
        var digests: [OutputChunk.Stream: String] = [:]
        for stream in [OutputChunk.Stream.standardOutput, .standardError] {
            let row = rows.first { $0[0] == stream.number }
            let ending = known.first { $0.key.stream == stream }
            guard row != nil || (ending?.bytes ?? 0) > 0 || ending?.limitReason != nil else { continue }
            let stored: Int = row?[1] ?? 0
            let key = StreamKey(id: id, stream: stream)
            let digest = ending?.bytes == stored ? try ending?.digest ?? digest(key) : try digest(key)
            // Blocks that were handed over are missing only when the disk was full.
            let isCut = (ending?.bytes ?? 0) > stored
            try finish(
                key, node: ending?.node ?? row?[2] ?? "", digest: digest,
                limitReason: ending?.limitReason ?? (isCut ? "The controller's disk is full." : nil))
            digests[stream] = digest
        }
        return digests
    }

    private func finish(_ key: StreamKey, node: String, digest: String, limitReason: String?) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO output_streams (run, target, step, attempt, stream, node, bytes, digest, limit_reason)
                VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
                ON CONFLICT DO UPDATE SET digest = excluded.digest,
                    limit_reason = coalesce(excluded.limit_reason, limit_reason)
                """
        ).execute(arguments: [
            run, key.id.target, key.id.step, key.id.attempt, key.stream.number, node, digest, limitReason,
        ])
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
