import Model

/// Where a text stops being UTF-8.
enum UTF8Fault {
    /// The place of the first byte that belongs to no character.
    static func position(in bytes: [UInt8], path: String) -> SourcePosition {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line = 1
        var column = 1
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue("\n"):
                line += 1
                column = 1
            case .scalarValue: column += 1
            case .emptyInput, .error: break decoding
            }
        }
        return SourcePosition(file: path, line: line, column: column)
    }
}
