/// A number in a node's name together with how many digits it is written with, so that `7` and `007` differ.
///
/// Length and value are packed into one integer, the `code`: codes sort as ClusterShell sorts (shorter first,
/// then by value), and codes that follow each other without a gap are numbers of one length that do.
struct NodeIndex: Hashable, Comparable, Sendable {
    /// The most digits a number may have; a longer run of digits in a name is plain text.
    static let maximumDigits = 17

    /// 10⁰ … 10¹⁷.
    static let powersOfTen: [Int] = (0...maximumDigits).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    private static let valueBits = 57

    let code: Int

    init(code: Int) {
        self.code = code
    }

    /// - Parameter digits: 1…17; `value` has at most that many.
    init(value: Int, digits: Int) {
        code = digits << Self.valueBits | value
    }

    var digits: Int { code >> Self.valueBits }
    var value: Int { code & (1 << Self.valueBits - 1) }

    /// Whether it is written with a zero before it: `07`, `00`, but not `0`.
    var isPadded: Bool { digits > 1 && value < Self.powersOfTen[digits - 1] }

    /// Whether counting on without padding leads from `self` to `next` and makes it one digit longer: 9 to 10.
    func growsInto(_ next: NodeIndex) -> Bool {
        digits < Self.maximumDigits && next.digits == digits + 1 && next.value == Self.powersOfTen[digits]
            && next.value == value + 1
    }

    /// A number that sorts as the written text does (`10` before `9`).
    var textOrder: Int {
        (value * Self.powersOfTen[Self.maximumDigits - digits]) << 5 | digits
    }

    /// The inverse of `textOrder`.
    init(textOrder: Int) {
        let digits = textOrder & 31
        self.init(value: (textOrder >> 5) / Self.powersOfTen[Self.maximumDigits - digits], digits: digits)
    }

    var text: String {
        let unpadded = String(value)
        return String(repeating: "0", count: digits - unpadded.utf8.count) + unpadded
    }

    static func < (left: NodeIndex, right: NodeIndex) -> Bool {
        left.code < right.code
    }
}
