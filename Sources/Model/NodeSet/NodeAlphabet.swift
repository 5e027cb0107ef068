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

    /// The most characters a name may have: what a file's name may have, and more than a host's.
    static let maximumLength = 255

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
        firstMisfit(in: text) == nil
    }

    /// How many bytes stand before the first that keeps a text from being a name: its length when it is empty or too
    /// long, nil for a name.
    func firstMisfit(in text: some Collection<UInt8>) -> Int? {
        var length = 0
        for byte in text {
            guard length < Self.maximumLength, holds(byte, isFirst: length == 0) else { return length }
            length += 1
        }
        return length == 0 ? 0 : nil
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    var isBlank: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}
