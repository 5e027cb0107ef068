import Foundation

/// Text that acts on a terminal or misleads who reads it, and what of it is left in a recording.
enum HostileText {
    /// What turns the reading order round, ends a line or can't be seen. A line of YAML may hold it.
    static let loadable =
        "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}"
        + "\u{200E}\u{200F}\u{61C}\u{2028}\u{2029}\u{200B}gnp.exe"

    /// The same behind control characters of all kinds, in less than the 80 bytes that are kept of a server's greeting.
    static let line = "\u{1B}]0;owned\u{7}\u{1B}[31;5;7m\u{9B}2J\u{8}\u{7F}\r" + loadable

    /// How its beginning is shown.
    static let spelled = #"\e]0;owned\x07\e[31;5;7m\x9b2J\x08\x7f\r\u{202a}"#

    /// `text` as a string of YAML and of JSON, in ASCII.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { (scalar: Unicode.Scalar) -> String in
            if (0x20...0x7E).contains(scalar.value) { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"" + escaped.joined() + "\""
    }

    /// What in `bytes` acts on a terminal or misleads, each with what stands before it. A carriage return before a
    /// newline is the terminal's own.
    static func acting(in bytes: [UInt8]) -> [String] {
        guard let text = String(validating: bytes, as: UTF8.self) else { return ["bytes that are no text"] }
        let scalars = Array(text.unicodeScalars)
        let places = scalars.indices.filter { index in
            switch scalars[index].value {
            case 0x0D: index + 1 == scalars.count || scalars[index + 1] != "\n"
            case 0x09, 0x0A: false
            case 0x00...0x1F, 0x7F...0x9F, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        return places.map { index in
            let before = String(String.UnicodeScalarView(scalars[max(0, index - 30)..<index]))
            return "\(String(scalars[index].value, radix: 16)) after \(before.debugDescription)"
        }
    }

    /// `bytes` without what the program writes itself: its colours, and the moves of its live screen.
    static func withoutOwn(_ bytes: [UInt8]) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else { return bytes }
        let own = /\u{1B}\[(?:(?:0|1|2|31|32|33|34)m|2K|J|[1-9][0-9]*A)/
        return Array(text.replacing(own, with: "").utf8)
    }
}
