import Crypto
import Foundation

/// The digest with which an audit record covers a range of a run's events: SHA-256 over one line an event,
/// `SEQUENCE TIME TYPE BODY`, each ended by a newline.
struct EventsDigest {
    private var hash = SHA256()

    mutating func add(sequence: Int, time: Int, type: String, body: String) {
        hash.update(data: Data("\(sequence) \(time) \(type) \(body)\n".utf8))
    }

    /// In hexadecimal.
    var value: String { Digest.hex(hash.finalize()) }
}
