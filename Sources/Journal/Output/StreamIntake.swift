import Crypto
import Foundation
import Model

/// What has arrived of one stream and is not stored yet. Pure.
struct StreamIntake: Sendable {
    /// Bytes of a block; small enough to read a piece of a large output quickly, large enough to compress well.
    static let blockSize = 64 << 10

    let key: StreamKey
    let node: String
    /// Bytes of the stream that were taken, stored or not: where the next chunk must begin, or before.
    private(set) var taken: Int
    private(set) var limitReason: String?

    /// Taken and cleaned, but not handed over.
    private var waiting: [UInt8] = []
    private var handedOver: Int
    private var redaction: Redactor.Stream?
    /// Of all bytes that were handed over; nil when some were stored by an earlier process.
    private var hash: SHA256?

    /// A stream of which `stored` bytes are kept already.
    init(key: StreamKey, node: String, stored: Int, limitReason: String?, redactor: Redactor?) {
        self.key = key
        self.node = node
        self.limitReason = limitReason
        taken = stored
        handedOver = stored
        hash = stored == 0 ? SHA256() : nil
        redaction = redactor.map { Redactor.Stream($0) }
    }

    /// How many bytes of `chunk` are new.
    /// - Throws: `JournalError` of code `outputGap` when bytes are missing before it.
    func newBytes(of chunk: OutputChunk) throws -> Int {
        guard limitReason == nil else { return 0 }
        guard chunk.offset <= taken else {
            throw JournalError(
                .outputGap,
                "Output of \(node) came from byte \(chunk.offset) on, but only \(taken) bytes came before it.")
        }
        return max(0, chunk.offset + chunk.bytes.count - taken)
    }

    /// Takes the first `count` of the chunk's new bytes.
    mutating func take(_ count: Int, of chunk: OutputChunk) {
        let start = taken - chunk.offset
        let bytes = chunk.bytes[start..<start + count]
        taken += count
        if redaction != nil {
            redaction?.feed(bytes, into: &waiting)
        } else {
            waiting.append(contentsOf: bytes)
        }
    }

    /// No more is taken, for `reason`.
    mutating func limit(_ reason: String) {
        if limitReason == nil { limitReason = reason }
    }

    /// Whether a whole block waits.
    var hasBlock: Bool { waiting.count >= Self.blockSize }

    /// Whether anything waits that could be handed over.
    var hasBytes: Bool { !waiting.isEmpty }

    /// Bytes to hand over now: whole blocks, or with `all` everything that is known to be clean.
    mutating func next(all: Bool) -> [UInt8]? {
        let count = min(waiting.count, Self.blockSize)
        guard count == Self.blockSize || (all && count > 0) else { return nil }
        let bytes = Array(waiting[..<count])
        waiting.removeFirst(count)
        hash?.update(data: bytes)
        handedOver += count
        return bytes
    }

    /// The place of the bytes that `next` gave last.
    func start(of bytes: [UInt8]) -> Int { handedOver - bytes.count }

    /// Nothing follows any more: what was held back because it could have become a secret is let go.
    mutating func end() { redaction?.end(into: &waiting) }

    /// What to write at the attempt's end.
    var ending: StreamEnding {
        StreamEnding(
            key: key, node: node, bytes: handedOver, digest: hash.map { Digest.hex($0.finalize()) },
            limitReason: limitReason)
    }
}
