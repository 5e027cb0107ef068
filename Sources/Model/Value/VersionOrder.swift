/// Orders version texts as package managers do: numbers by value, letters by the alphabet, `~` before everything, an
/// epoch (`1:`) ignored.
package enum VersionOrder {
    /// -1, 0 or 1.
    package static func compare(_ left: String, _ right: String) -> Int {
        let left = parts(left)
        let right = parts(right)
        for index in 0..<max(left.count, right.count) {
            let order = order(index < left.count ? left[index] : .end, index < right.count ? right[index] : .end)
            if order != 0 { return order }
        }
        return 0
    }

    private enum Part: Equatable {
        case tilde
        case end
        case letters(String)
        /// Without leading zeros, so that any length compares.
        case digits(String)

        var rank: Int {
            switch self {
            case .tilde: 0
            case .end: 1
            case .letters: 2
            case .digits: 3
            }
        }
    }

    private static func order(_ left: Part, _ right: Part) -> Int {
        switch (left, right) {
        case (.digits(let left), .digits(let right)):
            if left.count != right.count { return left.count < right.count ? -1 : 1 }
            return left == right ? 0 : left < right ? -1 : 1
        case (.letters(let left), .letters(let right)):
            return left == right ? 0 : left < right ? -1 : 1
        default:
            return (left.rank - right.rank).signum()
        }
    }

    private static func parts(_ version: String) -> [Part] {
        var rest = Substring(version)
        if let colon = rest.firstIndex(of: ":"), rest[..<colon].allSatisfy(\.isWholeNumber) {
            rest = rest[rest.index(after: colon)...]
        }
        var parts: [Part] = []
        while let first = rest.first {
            if first == "~" {
                parts.append(.tilde)
                rest.removeFirst()
            } else if first.isASCII, first.isWholeNumber {
                let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
                rest = rest.dropFirst(digits.count)
                parts.append(.digits(String(digits.drop { $0 == "0" })))
            } else if first.isLetter {
                let letters = rest.prefix { $0.isLetter }
                rest = rest.dropFirst(letters.count)
                parts.append(.letters(String(letters)))
            } else {
                rest.removeFirst()
            }
        }
        return parts
    }
}
