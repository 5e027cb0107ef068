/// Sizes as text.
package enum ByteCount {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("B", 1), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("PB", 1_000_000_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("PiB", 1 << 50),
    ]

    /// Bytes of `512B`, `10GB`, `2GiB`, `1.5TiB`; nil for anything else, a missing unit included.
    package static func parse(_ text: String) -> Int? {
        let suffix = String(text.drop { $0.isASCII && ($0.isWholeNumber || $0 == ".") })
        guard let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
        let digits = text.dropLast(suffix.count)
        if let number = Int(digits) {
            let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
            return overflow ? nil : bytes
        }
        guard digits.first?.isWholeNumber == true, digits.last?.isWholeNumber == true, let number = Double(digits)
        else { return nil }
        let bytes = (number * Double(unit.bytes)).rounded(.down)
        return bytes < 9e18 ? Int(bytes) : nil
    }

    /// The largest binary unit that gives a whole number: `2GiB`, `1000B`.
    package static func text(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        for unit in units.reversed() where unit.suffix.contains("i") && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return "\(bytes)B"
    }
}

/// Percentages as text.
package enum Percentage {
    /// 5 for `5%`, 12.5 for `12.5%`; nil for anything else and beyond 0 to 100.
    package static func parse(_ text: String) -> Double? {
        guard text.hasSuffix("%"), text.first?.isWholeNumber == true else { return nil }
        let digits = text.dropLast()
        guard digits.allSatisfy({ $0.isASCII && ($0.isWholeNumber || $0 == ".") }), let value = Double(digits),
            (0...100).contains(value)
        else { return nil }
        return value
    }

    /// `5%`, `12.5%`
    package static func text(_ percent: Double) -> String { NumberText.of(percent) + "%" }
}

/// Numbers as text.
enum NumberText {
    /// Without `.0` where it is a whole number.
    static func of(_ number: Double) -> String {
        guard number.isFinite, number == number.rounded(), abs(number) < 1e15 else { return "\(number)" }
        return String(Int(number))
    }
}
