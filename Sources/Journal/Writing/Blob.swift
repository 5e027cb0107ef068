import GRDB

/// Bytes that are stored once, by their digest, however many runs hold them.
struct Blob: Sendable {
    /// SHA-256 in hexadecimal.
    let digest: String
    let packed: PackedBytes

    init(_ bytes: [UInt8], digest: String? = nil) throws {
        self.digest = digest ?? Digest.of(bytes)
        packed = try PackedBytes(bytes)
    }

    /// Keeps it, if it is not kept yet.
    func store(_ transaction: JournalTransaction) throws {
        try transaction.db.cachedStatement(
            sql: "INSERT INTO blobs (digest, length, codec, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [digest, packed.length, packed.codec.rawValue, packed.data])
    }

    /// The bytes of that digest.
    static func read(_ digest: String, _ db: Database) throws -> [UInt8]? {
        try Row.fetchOne(db, sql: "SELECT length, codec, bytes FROM blobs WHERE digest = ?", arguments: [digest])
            .map { try PackedBytes.unpack($0[2], codec: $0[1], length: $0[0]) }
    }
}
