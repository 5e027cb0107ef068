/// Text that is safe to show to a person, wherever it came from.
///
/// Output of nodes, banners, prompts, plugins and runbooks may hold sequences that move a terminal's cursor, set its
/// title or reverse the reading order. Every control character but newline and tab, and every bidirectional or
/// invisible format character, becomes a visible escape.
package struct SafeText: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Makes `text` safe.
    package init(_ text: String) {
        guard text.unicodeScalars.contains(where: Self.isUnsafe) else {
            description = text
            return
        }
        var safe = ""
        safe.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if Self.isUnsafe(scalar) {
                safe += Self.escape(scalar)
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        description = safe
    }

    /// Makes bytes safe; what is not UTF-8 becomes `\xNN`.
    package init(bytes: some Sequence<UInt8>) {
        var text = ""
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): text.unicodeScalars.append(scalar)
            case .error: text.unicodeScalars.append("\u{FFFD}")
            case .emptyInput: break decoding
            }
        }
        self.init(text)
    }

    /// The same on one line: newlines and tabs are escaped too.
    package var singleLine: String {
        guard description.contains(where: { $0.isNewline || $0 == "\t" }) else { return description }
        return description.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar {
            case "\n": line += "\\n"
            case "\t": line += "\\t"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whether `scalar` becomes an escape.
    package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x3164, 0xFFA0, 0x1BCA0...0x1BCA3,
            0x1D173...0x1D17A:
            true
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF0...0xFFFB: true
        case 0xE0000...0xE0FFF: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\r": return "\\r"
        case "\u{1B}": return "\\e"
        default:
            let digits = String(scalar.value, radix: 16)
            return scalar.value < 0x100
                ? "\\x" + (digits.count < 2 ? "0" : "") + digits
                : "\\u{" + digits + "}"
        }
    }
}
