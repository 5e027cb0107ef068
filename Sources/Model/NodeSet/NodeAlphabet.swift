/// The characters that may stand in what a selector names.
enum NodeAlphabet: Sendable {
    /// Nodes: letters, digits and `.`, `_`, `-`, a letter or digit first. Names go into commands, files and host
    /// key lookups, where a leading dash or anything odd could come to mean something else.
    case nodes
    /// Addresses: nodes, and `:` anywhere, for IPv6.
    case addresses
    /// Groups, after the `@`: what values of labels need, too.
    case groups
    /// Wildcards: nodes, and `*` and `?` anywhere.
    case wildcards

    func holds(_ byte: UInt8, isFirst: Bool) -> Bool {
        if byte.isDigit || byte.isLetter { return true }
        return switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): !isFirst
        case UInt8(ascii: ":"): self == .addresses || (self == .groups && !isFirst)
        case UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="): self == .groups && !isFirst
        case UInt8(ascii: "*"), UInt8(ascii: "?"): self == .wildcards
        default: false
        }
    }

    /// Whether this is, whole, a name in these characters.
    func isName(_ text: some Collection<UInt8>) -> Bool {
        var isFirst = true
        for byte in text {
            guard holds(byte, isFirst: isFirst) else { return false }
            isFirst = false
        }
        return !isFirst
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    var isBlank: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}
