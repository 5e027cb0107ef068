/// The five fields of a cron time: minute, hour, day of month, month, day of week.
package struct CronTime: Sendable, Hashable {
    package let text: String
    private let minutes: [Int]
    private let hours: [Int]
    private let days: Set<Int>
    private let months: Set<Int>
    /// From Sunday, which is 0.
    private let weekdays: Set<Int>
    /// Whether the hours begin with `*`: it follows the time that passes, and not the wall clock.
    private let isEveryHour: Bool
    private let anyDay: Bool
    private let anyWeekday: Bool

    private static let monthWords = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayWords = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// - Throws: `GovernanceError` that names the field.
    package init(_ text: String) throws(GovernanceError) {
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count == 5 else {
            throw GovernanceError(
                .malformed, "A cron time has five fields, and '\(text.prefix(60))' has \(fields.count).",
                hint: "minute hour day month weekday: '0 3 * * 1-5' is 03:00 on weekdays")
        }
        self.text = fields.joined(separator: " ")
        minutes = try Self.numbers(fields[0], 0...59, "minute").sorted()
        hours = try Self.numbers(fields[1], 0...23, "hour").sorted()
        days = try Self.numbers(fields[2], 1...31, "day of month")
        months = try Self.numbers(fields[3], 1...12, "month", Self.monthWords)
        weekdays = Set(try Self.numbers(fields[4], 0...7, "day of week", Self.weekdayWords).map { $0 % 7 })
        isEveryHour = fields[1].hasPrefix("*")
        anyDay = fields[2].hasPrefix("*")
        anyWeekday = fields[4].hasPrefix("*")
    }

    private static func numbers(
        _ field: String, _ range: ClosedRange<Int>, _ name: String, _ words: [String] = []
    ) throws(GovernanceError) -> Set<Int> {
        func number(_ text: some StringProtocol) -> Int? {
            if let place = words.firstIndex(of: text.lowercased()) { return place + (range.lowerBound == 1 ? 1 : 0) }
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        var found: Set<Int> = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            var bounds: ClosedRange<Int>?
            if parts[0] == "*" {
                bounds = range
            } else {
                let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { number($0) }
                if ends.count == 1, let only = ends[0], parts.count == 1 { bounds = only...only }
                if ends.count == 2, let low = ends[0], let high = ends[1], low <= high { bounds = low...high }
            }
            let step = parts.count == 2 ? Int(parts[1]) : 1
            guard let bounds, let step, (1...range.upperBound).contains(step) else {
                throw GovernanceError(
                    .malformed, "'\(item.prefix(20))' is no \(name) of a cron time.",
                    hint: "from \(range.lowerBound) to \(range.upperBound), *, ranges a-b, steps */n")
            }
            found.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return found
    }

    /// As cron(8): where both days are given, either of them will do.
    private func admits(day: Int) -> Bool {
        let date = CivilDate(day: day)
        guard months.contains(date.month) else { return false }
        let isDay = days.contains(date.day)
        let isWeekday = weekdays.contains((LocalTime.weekday(ofDay: day) + 1) % 7)
        return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    /// The moments of a day of `zone`, in order.
    ///
    /// A time that the clock skips comes as much later as the clock was moved; one that it shows twice comes once, the
    /// first time. Where the hours begin with `*` what is skipped does not come, and what is repeated comes twice.
    private func moments(ofDay day: Int, _ zone: Zone) -> [Int] {
        guard admits(day: day) else { return [] }
        var moments: Set<Int> = []
        for hour in hours {
            for minute in minutes {
                let time = LocalTime(seconds: day * 86_400 + hour * 3600 + minute * 60)
                if isEveryHour {
                    moments.formUnion(zone.moments(of: time))
                } else {
                    moments.insert(zone.moment(of: time))
                }
            }
        }
        return moments.sorted()
    }

    /// A 29th of February may be eight years away.
    private static let searchedDays = 3000

    /// The first moment after `moment`, both in milliseconds since 1970; nil where none comes.
    package func next(after moment: Int, in zone: Zone) -> Int? {
        let today = zone.local(moment).day
        for day in today - 1...today + Self.searchedDays {
            let found = moments(ofDay: day, zone).first { $0 > moment }
            // Where midnight itself is repeated, the day after may begin before this one has ended.
            if let found { return min(found, moments(ofDay: day + 1, zone).first { $0 > moment } ?? found) }
        }
        return nil
    }

    /// The last moment that is not after `moment`.
    package func last(upTo moment: Int, in zone: Zone) -> Int? {
        let today = zone.local(moment).day
        for day in (today - Self.searchedDays...today + 1).reversed() {
            let found = moments(ofDay: day, zone).last { $0 <= moment }
            if let found { return max(found, moments(ofDay: day - 1, zone).last { $0 <= moment } ?? found) }
        }
        return nil
    }

    /// How many moments lie after `start` and not after `end`, counted up to `limit`.
    package func count(after start: Int, upTo end: Int, in zone: Zone, limit: Int) -> Int {
        var count = 0
        var moment = start
        while count < limit, let next = next(after: moment, in: zone), next <= end {
            count += 1
            moment = next
        }
        return count
    }
}
