/// Reads the data types of SSH (RFC 4251 section 5) from bytes that may be hostile.
struct SSHWireReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func raw(_ count: Int) throws(GovernanceError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw Self.cut }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func byte() throws(GovernanceError) -> UInt8 {
        guard let first = rest.popFirst() else { throw Self.cut }
        return first
    }

    mutating func uint32() throws(GovernanceError) -> UInt32 { try raw(4).reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func uint64() throws(GovernanceError) -> UInt64 { try raw(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// A length and that many bytes.
    mutating func string() throws(GovernanceError) -> [UInt8] { Array(try raw(Int(try uint32()))) }

    /// A string that must be UTF-8.
    mutating func text() throws(GovernanceError) -> String {
        guard let text = String(validating: try string(), as: UTF8.self) else { throw Self.cut }
        return text
    }

    /// A non-negative integer of any size, without leading zeros.
    mutating func positiveInteger() throws(GovernanceError) -> [UInt8] {
        let bytes = try string()
        guard (bytes.first ?? 0) < 0x80 else { throw Self.cut }
        return Array(bytes.drop { $0 == 0 })
    }

    private static let cut = GovernanceError(.malformed, "A key or a signature is cut off or damaged.")
}

/// Writes the data types of SSH (RFC 4251 section 5).
struct SSHWireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    mutating func uint32(_ value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    mutating func string(_ value: some Collection<UInt8>) {
        uint32(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func text(_ value: String) { string(Array(value.utf8)) }
}
