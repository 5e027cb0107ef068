/// What is stored of one stream of one attempt; the bytes are read apart.
package struct OutputRecord: Sendable, Hashable, Codable {
    package var id: InvocationID
    package var node: String
    /// The step's or the probe's name; empty while the journal does not know it.
    package var name: String
    package var stream: OutputChunk.Stream
    /// Bytes that are stored, from the stream's start, without a gap.
    package var bytes: Int
    /// SHA-256 of those bytes in hexadecimal; nil until the attempt has ended.
    package var digest: String?
    /// Why not all of it was kept, if it was not.
    package var limitReason: String?
    /// Milliseconds since 1970: when the attempt ended, or began if it goes on; nil while the journal does not know.
    package var time: Int?

    package init(
        id: InvocationID, node: String, name: String, stream: OutputChunk.Stream, bytes: Int, digest: String?,
        limitReason: String?, time: Int?
    ) {
        self.id = id
        self.node = node
        self.name = name
        self.stream = stream
        self.bytes = bytes
        self.digest = digest
        self.limitReason = limitReason
        self.time = time
    }
}
