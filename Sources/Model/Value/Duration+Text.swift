extension Duration {
    private static let units: [(suffix: String, milliseconds: Int)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads `500ms`, `90s`, `15m`, `1h30m`, `2d`, `1w`; units from large to small, each at most once, whole numbers.
    /// Nil for anything else, a missing unit included.
    package init?(parsing text: String) {
        var rest = Substring(text)
        var total = 0
        var nextUnit = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
            rest = rest.dropFirst(digits.count)
            let suffix = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(suffix.count)
            guard let number = Int(digits),
                let unit = Self.units.indices.first(where: { $0 >= nextUnit && Self.units[$0].suffix == suffix })
            else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: Self.units[unit].milliseconds)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            // A century is beyond any use, and keeps every later sum in range.
            guard !overflow, !overflowed, sum <= 3_155_760_000_000 else { return nil }
            total = sum
            nextUnit = unit + 1
        }
        self = .milliseconds(total)
    }

    /// As it is written in a runbook: `1h30m`, `500ms`, `0s`.
    package var text: String {
        var rest = wholeMilliseconds
        guard rest != 0 else { return "0s" }
        var text = rest < 0 ? "-" : ""
        rest = abs(rest)
        for unit in Self.units where unit.suffix != "w" && rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.suffix)"
            rest %= unit.milliseconds
        }
        return text
    }

    /// In seconds, with up to three decimals where it is no whole number of them.
    package var secondsText: String {
        let milliseconds = wholeMilliseconds
        let (seconds, rest) = abs(milliseconds).quotientAndRemainder(dividingBy: 1000)
        let sign = milliseconds < 0 ? "-" : ""
        guard rest != 0 else { return "\(sign)\(seconds)" }
        var decimals = String(String(rest + 1000).dropFirst())
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(sign)\(seconds).\(decimals)"
    }
}
