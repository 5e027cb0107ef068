/// A set of Unicode scalars, as sorted ranges and a bitmap for ASCII.
struct ScalarSet: Sendable, Hashable {
    private(set) var ranges: [ClosedRange<UInt32>]
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
        for range in merged where range.lowerBound < 128 {
            for value in range.lowerBound...min(range.upperBound, 127) {
                if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
            }
        }
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    func contains(_ value: UInt32) -> Bool {
        if value < 64 { return low >> UInt64(value) & 1 == 1 }
        if value < 128 { return high >> UInt64(value - 64) & 1 == 1 }
        var lower = 0
        var upper = ranges.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if ranges[middle].upperBound < value { lower = middle + 1 } else { upper = middle }
        }
        return lower < ranges.count && ranges[lower].contains(value)
    }

    var inverted: ScalarSet {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return ScalarSet(result)
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    /// With the other case of each ASCII letter, and of single letters beyond ASCII.
    var foldingCase: ScalarSet {
        var all = ranges
        for range in ranges {
            for (letters, shift) in [(UInt32(0x41)...0x5A, Int32(32)), (UInt32(0x61)...0x7A, Int32(-32))]
            where range.overlaps(letters) {
                let part = range.clamped(to: letters)
                all.append(
                    UInt32(Int32(part.lowerBound) + shift)...UInt32(Int32(part.upperBound) + shift))
            }
            if range.count == 1, range.lowerBound > 127, let scalar = Unicode.Scalar(range.lowerBound) {
                for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                    let scalars = mapping.unicodeScalars
                    if scalars.count == 1, let other = scalars.first { all.append(other.value...other.value) }
                }
            }
        }
        return ScalarSet(all)
    }

    static let digits = ScalarSet([0x30...0x39])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet([0x09...0x0D, 0x20...0x20])
    static let blank = ScalarSet([0x09...0x09, 0x20...0x20])
    static let newline = ScalarSet([0x0A...0x0A])
    static let everything = ScalarSet([0...0x10FFFF])

    /// `alpha` of `[[:alpha:]]`.
    static func named(_ name: String) -> ScalarSet? {
        switch name {
        case "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A])
        case "digit": digits
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "upper": ScalarSet([0x41...0x5A])
        case "lower": ScalarSet([0x61...0x7A])
        case "space": space
        case "blank": blank
        case "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        case "word": word
        case "print": ScalarSet([0x20...0x7E])
        case "graph": ScalarSet([0x21...0x7E])
        case "cntrl": ScalarSet([0x00...0x1F, 0x7F...0x7F])
        default: nil
        }
    }
}
