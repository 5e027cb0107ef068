/// A date and a time of day on some wall clock, without saying whose.
package struct LocalTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Seconds since 1970-01-01 00:00:00 on that clock, every day having 86,400.
    package var seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    /// The time of these numbers; nil where the calendar or the clock has none.
    package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.daysIn(month: month, year: year)).contains(day), (0...23).contains(hour),
            (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        seconds = Self.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days since 1970-01-01.
    package var day: Int { Self.floor(seconds, 86_400) }
    /// Seconds since midnight.
    package var secondOfDay: Int { seconds - day * 86_400 }
    /// From Monday, which is 0.
    package var weekday: Int { Self.weekday(ofDay: day) }
    package var date: CivilDate { CivilDate(day: day) }

    package static func < (left: LocalTime, right: LocalTime) -> Bool { left.seconds < right.seconds }

    /// As `2026-03-29T02:30`, with seconds where there are any.
    package var description: String {
        let second = secondOfDay % 60
        let time = "\(Self.padded(secondOfDay / 3600)):\(Self.padded(secondOfDay / 60 % 60))"
        return "\(date)T\(time)" + (second == 0 ? "" : ":\(Self.padded(second))")
    }

    static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    // MARK: Days

    /// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, `days_from_civil`).
    static func day(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = floor(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func daysIn(month: Int, year: Int) -> Int {
        month == 2 ? (isLeap(year) ? 29 : 28) : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func weekday(ofDay day: Int) -> Int { modulo(day + 3, 7) }

    static func floor(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : -((divisor - 1 - number) / divisor)
    }

    static func modulo(_ number: Int, _ divisor: Int) -> Int { number - floor(number, divisor) * divisor }
}

/// A date of the Gregorian calendar.
package struct CivilDate: Sendable, Hashable, CustomStringConvertible {
    package var year: Int
    package var month: Int
    package var day: Int

    /// Of a number of days since 1970-01-01 (Howard Hinnant, `civil_from_days`).
    package init(day number: Int) {
        let shifted = number + 719_468
        let era = LocalTime.floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var description: String {
        "\(year)-\(LocalTime.padded(month))-\(LocalTime.padded(day))"
    }
}
