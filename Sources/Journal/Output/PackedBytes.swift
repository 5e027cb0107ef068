import CZlib
import Foundation
import Model

/// Bytes as a row holds them: compressed where that makes them smaller.
struct PackedBytes: Sendable {
    enum Codec: Int, Sendable { case plain = 0, zlib = 1 }

    let codec: Codec
    /// Of the bytes as they were.
    let length: Int
    let data: Data

    init(_ bytes: [UInt8]) throws {
        length = bytes.count
        guard let packed = try Self.compress(bytes) else {
            codec = .plain
            data = Data(bytes)
            return
        }
        codec = .zlib
        data = packed
    }

    /// Nil when compression does not help.
    private static func compress(_ bytes: [UInt8]) throws -> Data? {
        guard bytes.count > 64 else { return nil }
        var room = compressBound(uLong(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(room))
        // Level 1: output is written once and rarely read, and the disk is not what is scarce.
        let status = compress2(&packed, &room, bytes, uLong(bytes.count), 1)
        guard status == Z_OK else {
            throw JournalError(.misuse, "Output could not be compressed (zlib \(status)).")
        }
        return Int(room) < bytes.count ? Data(packed.prefix(Int(room))) : nil
    }

    /// More than is ever kept in one row; a damaged length makes nobody run out of memory.
    private static let limit = 256 << 20

    /// The bytes as they were.
    static func unpack(_ data: Data, codec number: Int, length: Int) throws -> [UInt8] {
        let damage = JournalError(
            .damaged, "A stored output or state cannot be read back.", hint: "runbook db check says more.")
        guard let codec = Codec(rawValue: number) else { throw damage }
        switch codec {
        case .plain:
            guard data.count == length else { throw damage }
            return Array(data)
        case .zlib:
            guard (0...limit).contains(length) else { throw damage }
            var bytes = [UInt8](repeating: 0, count: length)
            var count = uLong(length)
            let packed = Array(data)
            guard uncompress(&bytes, &count, packed, uLong(packed.count)) == Z_OK, Int(count) == length else {
                throw damage
            }
            return bytes
        }
    }
}
