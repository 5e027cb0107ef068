import Crypto
import GRDB

/// Reads back what is stored by digest: outputs, captured states, plans and sources.
enum ContentCheck {
    /// A sentence for each thing that is not what its digest says.
    static func problems(_ db: Database) throws -> [String] {
        var problems: [String] = []
        let blobs = try Row.fetchCursor(db, sql: "SELECT digest, length, codec, bytes FROM blobs")
        while let row = try blobs.next() {
            let bytes = try? PackedBytes.unpack(row[3], codec: row[2], length: row[1])
            if bytes.map({ Digest.of($0) }) != row[0] as String {
                problems.append("The stored bytes \(row[0] as String) are damaged.")
            }
        }
        let streams = try Row.fetchCursor(
            db,
            sql: """
                SELECT run, target, step, attempt, stream, bytes, digest, node,
                    (SELECT id FROM runs WHERE key = output_streams.run) AS id FROM output_streams
                """)
        while let row = try streams.next() {
            let (count, digest) = try measure(row, db)
            let name = "output of \(row["node"] as String) in run \(row["id"] as String)"
            if count != row["bytes"] {
                problems.append("The \(name) has \(count) bytes, not \(row["bytes"] as Int).")
            } else if let recorded: String = row["digest"], recorded != digest {
                problems.append("The \(name) is not what was recorded.")
            }
        }
        return problems
    }

    private static func measure(_ stream: Row, _ db: Database) throws -> (Int, String) {
        var hash = SHA256()
        var count = 0
        let blocks = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT start, length, codec, bytes FROM output_blocks
                    WHERE run = ? AND target = ? AND step = ? AND attempt = ? AND stream = ? ORDER BY start
                    """),
            arguments: [stream[0] as Int, stream[1] as Int, stream[2] as Int, stream[3] as Int, stream[4] as Int])
        while let block = try blocks.next() {
            guard block[0] == count,
                let bytes = try? PackedBytes.unpack(block[3], codec: block[2], length: block[1])
            else { break }
            hash.update(data: bytes)
            count += bytes.count
        }
        return (count, Digest.hex(hash.finalize()))
    }
}
