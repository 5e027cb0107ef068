extension LocalTime {
    /// `2026-03-29T02:30`, `2026-03-29 02:30:15` or `2026-03-29`.
    package init?(written text: String) {
        let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " }).map(String.init)
        guard let first = parts.first, parts.count <= 2 else { return nil }
        let date = first.split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
        var time = [0, 0, 0]
        if parts.count == 2 {
            let fields = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(Self.number)
            guard (2...3).contains(fields.count) else { return nil }
            for (place, field) in fields.enumerated() {
                guard let field else { return nil }
                time[place] = field
            }
        }
        self.init(year: year, month: month, day: day, hour: time[0], minute: time[1], second: time[2])
    }

    /// RFC 5545's `20260329T023000` and `20260329`, without a `Z`.
    init?(compact text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 8 || bytes.count == 15 && bytes[8] == UInt8(ascii: "T") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Self.number(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8) else { return nil }
        if bytes.count == 8 {
            self.init(year: year, month: month, day: day)
            return
        }
        guard let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15) else { return nil }
        // A leap second is taken as the second before it, as RFC 5545 wants it.
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: min(second, 59))
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
