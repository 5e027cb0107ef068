/// A rule of RFC 5545 (3.3.10) by which something comes again.
package struct RecurrenceRule: Sendable, Hashable {
    /// The period that the rule steps by. `SECONDLY` is refused: no change window is that short.
    package enum Frequency: Int, Sendable, Hashable, Comparable {
        case minutely, hourly, daily, weekly, monthly, yearly

        package static func < (left: Frequency, right: Frequency) -> Bool { left.rawValue < right.rawValue }
    }

    /// The last moment of a rule.
    package enum Until: Sendable, Hashable {
        case local(LocalTime)
        /// Milliseconds since 1970.
        case moment(Int)
    }

    /// A day of the week, or the nth of its month or year, from the end where negative.
    struct Weekday: Sendable, Hashable {
        var ordinal: Int?
        /// From Monday, which is 0.
        var weekday: Int
    }

    var frequency: Frequency
    var interval = 1
    var count: Int?
    var until: Until?
    var months: Set<Int> = []
    var weekNumbers: Set<Int> = []
    var yearDays: Set<Int> = []
    var monthDays: Set<Int> = []
    var weekdays: [Weekday] = []
    var hours: [Int] = []
    var minutes: [Int] = []
    var seconds: [Int] = []
    var positions: [Int] = []
    /// From Monday, which is 0.
    var weekStart = 0

    init(frequency: Frequency) { self.frequency = frequency }
}
