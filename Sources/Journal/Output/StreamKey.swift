import Model

/// One stream of one attempt.
struct StreamKey: Sendable, Hashable {
    var id: InvocationID
    var stream: OutputChunk.Stream
}

extension OutputChunk.Stream {
    /// The number that rows hold.
    var number: Int { self == .standardOutput ? 1 : 2 }

    init?(number: Int) {
        switch number {
        case 1: self = .standardOutput
        case 2: self = .standardError
        default: return nil
        }
    }
}

/// A piece of a stream, ready to be stored.
struct StreamBlock: Sendable {
    var key: StreamKey
    var node: String
    /// Bytes of the stream before it.
    var start: Int
    var packed: PackedBytes
}

/// What is known of a stream when its attempt ends.
struct StreamEnding: Sendable {
    var key: StreamKey
    var node: String
    /// Bytes that were handed over for storing, and their digest; nil when they were not all seen by this process.
    var bytes: Int
    var digest: String?
    var limitReason: String?
}
