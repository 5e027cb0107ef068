/// The first bytes of a server: its version line and its list of algorithms, recorded for error messages.
struct ServerGreeting {
    /// Before the version line a server may send other lines (RFC 4253 section 4.2); a program that is no SSH server
    /// sends something else, perhaps for ever.
    private static let longestPreamble = 16 * 1024
    private static let longestKexInit = 16 * 1024

    private(set) var bytes: [UInt8] = []
    /// Where the version line begins and where what follows it begins.
    private var version: Range<Int>?
    private var lineStart = 0

    /// Whether the version line is complete.
    var hasVersion: Bool { version != nil }

    /// Whether so much came without a version line that none is to be expected.
    var isGarbage: Bool { version == nil && bytes.count > Self.longestPreamble }

    /// The version line, or what came instead of it.
    var text: String {
        String(decoding: version.map { bytes[$0] } ?? bytes.prefix(80), as: UTF8.self)
            .trimmingCharacters { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
    }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        if let version {
            let room = Self.longestKexInit - (bytes.count - version.upperBound)
            if room > 0 { bytes.append(contentsOf: new.prefix(room)) }
            return
        }
        for byte in new {
            bytes.append(byte)
            guard version == nil, byte == UInt8(ascii: "\n") else { continue }
            if bytes[lineStart...].starts(with: "SSH-".utf8) { version = lineStart..<bytes.count }
            lineStart = bytes.count
        }
    }

    /// The server's name-lists in the order of RFC 4253 section 7.1, if its KEXINIT has arrived whole.
    var algorithmLists: [[String]]? {
        guard let version else { return nil }
        var reader = WireReader(bytes[version.upperBound...])
        do {
            let length = Int(try reader.uint32())
            let padding = Int(try reader.byte())
            guard length > padding + 1 else { return nil }
            var payload = WireReader(try reader.raw(length - 1 - padding))
            guard try payload.byte() == 20 else { return nil }
            _ = try payload.raw(16)
            var lists: [[String]] = []
            for _ in 0..<8 { lists.append(try payload.text().split(separator: ",").map(String.init)) }
            return lists
        } catch {
            return nil
        }
    }
}

extension String {
    fileprivate func trimmingCharacters(_ isTrimmed: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
