/// Text that ends where it was cut.
enum CutText {
    /// `bytes` without the UTF-8 character at their end of which bytes are missing.
    static func wholeCharacters(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // The first byte of a character says how many it has: four at most. The others begin with the bits 10.
        for (index, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return index + 1 < length ? bytes.dropLast(index + 1) : bytes
        }
        return bytes
    }
}
