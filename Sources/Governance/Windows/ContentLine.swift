/// A line of an ICS file, unfolded: `NAME;PARAMETER=value:VALUE` (RFC 5545, 3.1).
struct ContentLine: Sendable, Hashable {
    var name: String
    var parameters: [String: String]
    var value: String

    /// Nil where it is none.
    init?(_ text: String) {
        var parts: [String] = [""]
        var isQuoted = false
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "\"" { isQuoted.toggle() }
            if character == ":" && !isQuoted {
                value = String(rest)
                let head = parts[0].uppercased()
                guard !head.isEmpty,
                    head.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
                else { return nil }
                name = head
                parameters = [:]
                for part in parts.dropFirst() {
                    let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    guard sides.count == 2 else { return nil }
                    parameters[sides[0].uppercased()] = String(sides[1].filter { $0 != "\"" })
                }
                return
            }
            if character == ";" && !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return nil
    }

    /// The unfolded lines of a file, with their numbers.
    /// - Throws: `GovernanceError` where it is too large or no text.
    static func lines(of bytes: [UInt8]) throws(GovernanceError) -> [(number: Int, text: String)] {
        guard bytes.count <= WindowLimits.icsBytes else {
            throw GovernanceError(.malformed, "It is larger than \(WindowLimits.icsBytes >> 20) MiB.")
        }
        var lines: [(number: Int, bytes: [UInt8])] = []
        for (index, piece) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = piece.last == 0x0D ? piece.dropLast() : piece
            if let first = line.first, first == 0x20 || first == 0x09, !lines.isEmpty {
                lines[lines.count - 1].bytes += line.dropFirst()
            } else if !line.isEmpty {
                lines.append((index + 1, Array(line)))
            }
        }
        var texts: [(number: Int, text: String)] = []
        for line in lines {
            guard let text = String(validating: line.bytes, as: UTF8.self) else {
                throw GovernanceError(.malformed, "Line \(line.number) is no UTF-8.")
            }
            texts.append((line.number, text))
        }
        return texts
    }
}
