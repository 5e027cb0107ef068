/// OpenSSH's list of patterns: words with `*` and `?`, apart by commas, `!` before those that exclude (PATTERNS in
/// ssh_config(5)).
struct PatternList: Sendable, Hashable {
    let patterns: [String]

    init(_ text: String) {
        patterns = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
    }

    /// The words that stand for themselves alone.
    var names: [String] { patterns.filter { !$0.hasPrefix("!") && !$0.contains(where: { $0 == "*" || $0 == "?" }) } }

    /// Whether `word` fits one and none that excludes.
    func matches(_ word: String) -> Bool {
        var isFound = false
        for pattern in patterns {
            let excludes = pattern.hasPrefix("!")
            guard Self.fits(Array(word.utf8)[...], Array((excludes ? String(pattern.dropFirst()) : pattern).utf8)[...])
            else { continue }
            if excludes { return false }
            isFound = true
        }
        return isFound
    }

    /// Goes back to the last star only, so that it takes no more than the product of both lengths.
    private static func fits(_ word: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var word = word
        var pattern = pattern
        var star: (word: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while !word.isEmpty {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                star = (word, pattern)
            } else if let next = pattern.first, next == UInt8(ascii: "?") || next == word.first {
                word = word.dropFirst()
                pattern = pattern.dropFirst()
            } else if let last = star {
                star = (last.word.dropFirst(), last.pattern)
                word = last.word.dropFirst()
                pattern = last.pattern
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
