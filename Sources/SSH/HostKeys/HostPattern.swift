/// A list of host patterns as known_hosts and ssh_config use it: `*` and `?` match as in a shell, `!` excludes.
struct HostPatternList: Sendable, Hashable {
    private let patterns: [HostPattern]

    /// known_hosts ignores the case of letters; ssh_config does not.
    init(_ patterns: some Sequence<some StringProtocol>, ignoringCase: Bool = true) {
        self.patterns = patterns.map { HostPattern($0, ignoringCase: ignoringCase) }
    }

    /// Whether some pattern matches and no negated one does.
    func matches(_ host: String) -> Bool {
        var found = false
        for pattern in patterns where pattern.matches(host) {
            if pattern.isNegated { return false }
            found = true
        }
        return found
    }

    /// The names, if each pattern is a plain name; nil if one has a wildcard or is negated.
    var plainNames: [String]? {
        patterns.allSatisfy { !$0.isNegated && !$0.hasWildcard } ? patterns.map(\.text) : nil
    }
}

/// One pattern.
struct HostPattern: Sendable, Hashable {
    let isNegated: Bool
    let text: String
    let hasWildcard: Bool
    private let ignoresCase: Bool
    private let bytes: [UInt8]

    init(_ pattern: some StringProtocol, ignoringCase: Bool = true) {
        isNegated = pattern.hasPrefix("!")
        ignoresCase = ignoringCase
        let name = isNegated ? String(pattern.dropFirst()) : String(pattern)
        text = ignoringCase ? name.lowercased() : name
        bytes = Array(text.utf8)
        hasWildcard = bytes.contains(UInt8(ascii: "*")) || bytes.contains(UInt8(ascii: "?"))
    }

    /// Linear in the product of the two lengths at worst: the last `*` alone is retried.
    func matches(_ host: String) -> Bool {
        let name = ignoresCase ? host.lowercased() : host
        if !hasWildcard { return name == text }
        let host = Array(name.utf8)
        var (at, position) = (0, 0)
        var star: (pattern: Int, host: Int)?
        while position < host.count {
            if at < bytes.count, bytes[at] == UInt8(ascii: "*") {
                star = (at, position)
                at += 1
            } else if at < bytes.count, bytes[at] == UInt8(ascii: "?") || bytes[at] == host[position] {
                at += 1
                position += 1
            } else if let last = star {
                star = (last.pattern, last.host + 1)
                (at, position) = (last.pattern + 1, last.host + 1)
            } else {
                return false
            }
        }
        return bytes[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
