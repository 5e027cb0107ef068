import GRDB
import Model

extension Journal {
    package func outputs(of run: RunID, nodes: Set<String>?, step: String?) async throws -> [OutputRecord] {
        try await pool.read { db in
            let key = try Self.key(of: run, db)
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT o.target, o.step, o.attempt, o.stream, o.node, o.bytes, o.digest, o.limit_reason,
                        coalesce(a.name, '') AS name, coalesce(a.ended, a.started, a.intended) AS time
                    FROM output_streams AS o LEFT JOIN attempts AS a
                        ON a.run = o.run AND a.target = o.target AND a.step = o.step AND a.attempt = o.attempt
                    WHERE o.run = ? ORDER BY o.target, o.step, o.attempt, o.stream
                    """,
                arguments: [key])
            var found: [OutputRecord] = []
            while let row = try rows.next() {
                if let nodes, !nodes.contains(row["node"]) { continue }
                if let step, step != row["name"] { continue }
                guard let stream = OutputChunk.Stream(number: row["stream"]) else { continue }
                found.append(
                    OutputRecord(
                        id: InvocationID(run: run, target: row[0], step: row[1], attempt: row[2]), node: row["node"],
                        name: row["name"], stream: stream, bytes: row["bytes"], digest: row["digest"],
                        limitReason: row["limit_reason"], time: row["time"]))
            }
            return found
        }
    }

    package func output(
        of id: InvocationID, stream: OutputChunk.Stream, from offset: Int, limit: Int
    ) async throws -> [UInt8] {
        try await pool.read { db in
            let key = try Self.key(of: id.run, db)
            // From the block that holds the offset on.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT start, length, codec, bytes FROM output_blocks
                    WHERE run = ?1 AND target = ?2 AND step = ?3 AND attempt = ?4 AND stream = ?5
                        AND start >= coalesce((SELECT max(start) FROM output_blocks WHERE run = ?1 AND target = ?2
                            AND step = ?3 AND attempt = ?4 AND stream = ?5 AND start <= ?6), 0)
                    ORDER BY start
                    """,
                arguments: [key, id.target, id.step, id.attempt, stream.number, offset])
            var found: [UInt8] = []
            while found.count < limit, let row = try rows.next() {
                let start: Int = row[0]
                let bytes = try PackedBytes.unpack(row[3], codec: row[2], length: row[1])
                let skipped = max(0, offset - start)
                guard start + skipped == offset + found.count else {
                    throw JournalError(
                        .damaged, "A part of a stored output is missing.", hint: "runbook db check says more.")
                }
                guard skipped < bytes.count else { continue }
                found.append(contentsOf: bytes[skipped...].prefix(limit - found.count))
            }
            return found
        }
    }

    package func storedOffsets(of id: InvocationID) async throws -> OutputOffsets {
        try await pool.read { db in
            let key = try Self.key(of: id.run, db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT stream, bytes FROM output_streams WHERE run = ? AND target = ? AND step = ? AND attempt = ?
                    """,
                arguments: [key, id.target, id.step, id.attempt])
            return rows.reduce(into: OutputOffsets.start) { offsets, row in
                switch OutputChunk.Stream(number: row[0]) {
                case .standardOutput: offsets.standardOutput = row[1]
                case .standardError: offsets.standardError = row[1]
                case nil: break
                }
            }
        }
    }
}
