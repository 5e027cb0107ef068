/// A list of host patterns as known_hosts and ssh_config use it: `*` and `?` match as in a shell, `!` excludes.
struct HostPatternList: Sendable, Hashable {
    private let patterns: [HostPattern]

    init(_ patterns: some Sequence<some StringProtocol>) {
        self.patterns = patterns.map { HostPattern($0) }
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

/// One pattern, compared without regard to the case of ASCII letters.
struct HostPattern: Sendable, Hashable {
    let isNegated: Bool
    let text: String
    let hasWildcard: Bool
    private let bytes: [UInt8]

    init(_ pattern: some StringProtocol) {
        isNegated = pattern.hasPrefix("!")
        text = (isNegated ? String(pattern.dropFirst()) : String(pattern)).lowercased()
        bytes = Array(text.utf8)
        hasWildcard = bytes.contains(UInt8(ascii: "*")) || bytes.contains(UInt8(ascii: "?"))
    }

    /// Linear in the product of the two lengths at worst: the last `*` alone is retried.
    func matches(_ host: String) -> Bool {
        if !hasWildcard { return host.lowercased() == text }
        let host = Array(host.lowercased().utf8)
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
