import Crypto

/// The digest with which an audit record covers a range of a run's events: SHA-256 over one line an event,
/// `SEQUENCE TIME TYPE BODY`, each ended by a newline.
struct EventsDigest {
    private var hash = SHA256()

    mutating func add(sequence: Int, time: Int, type: String, body: String) {
        var line: [UInt8] = []
        line.reserveCapacity(body.utf8.count + 64)
        for part in [String(sequence), String(time), type] {
            line.append(contentsOf: part.utf8)
            line.append(UInt8(ascii: " "))
        }
        line.append(contentsOf: body.utf8)
        line.append(UInt8(ascii: "\n"))
        hash.update(data: line)
    }

    /// In hexadecimal.
    var value: String { Digest.hex(hash.finalize()) }
}
