/// Writes the data types of SSH (RFC 4251 section 5).
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func uint32(_ value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    mutating func string(_ value: some Collection<UInt8>) {
        uint32(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func text(_ value: String) {
        string(Array(value.utf8))
    }

    /// A non-negative integer, given in big-endian order with or without leading zeros.
    mutating func positiveInteger(_ value: some Collection<UInt8>) {
        let digits = value.drop { $0 == 0 }
        let needsZero = (digits.first ?? 0) >= 0x80
        uint32(UInt32(digits.count + (needsZero ? 1 : 0)))
        if needsZero { bytes.append(0) }
        bytes.append(contentsOf: digits)
    }
}
