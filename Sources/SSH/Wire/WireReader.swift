/// Reads the data types of SSH (RFC 4251 section 5) from bytes that may be hostile.
///
/// Every read checks its bounds; nothing is read twice and nothing is copied before its length is known to be there.
struct WireReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = ArraySlice(bytes)
    }

    /// What has not been read yet.
    var remaining: ArraySlice<UInt8> { bytes }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func byte() throws(WireError) -> UInt8 {
        guard let first = bytes.popFirst() else { throw WireError.truncated }
        return first
    }

    mutating func uint32() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for byte in try raw(4) { value = value << 8 | UInt32(byte) }
        return value
    }

    mutating func uint64() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for byte in try raw(8) { value = value << 8 | UInt64(byte) }
        return value
    }

    mutating func raw(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count else { throw WireError.truncated }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    /// A length and that many bytes.
    mutating func string() throws(WireError) -> [UInt8] {
        Array(try raw(Int(try uint32())))
    }

    /// A string that must be UTF-8.
    mutating func text() throws(WireError) -> String {
        guard let text = String(validating: try string(), as: UTF8.self) else { throw WireError.malformed }
        return text
    }

    /// A non-negative integer of any size, without leading zeros.
    mutating func positiveInteger() throws(WireError) -> [UInt8] {
        let bytes = try string()
        guard (bytes.first ?? 0) < 0x80 else { throw WireError.malformed }
        return Array(bytes.drop { $0 == 0 })
    }
}

/// Why bytes could not be read as SSH's data types.
enum WireError: Error {
    case truncated
    case malformed
}
