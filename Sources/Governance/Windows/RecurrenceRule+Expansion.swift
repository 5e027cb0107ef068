extension RecurrenceRule {
    /// The times of the rule from `start` on that lie in `range`, in order.
    ///
    /// `start` is one of them only where the rule yields it. Dates that the calendar does not have are passed over.
    /// - Throws: `GovernanceError` where the rule asks for more than `WindowLimits` allow.
    func times(
        from start: LocalTime, in range: ClosedRange<LocalTime>, zone: Zone
    ) throws(GovernanceError) -> [LocalTime] {
        var end = range.upperBound
        switch until {
        case .local(let last)?: end = min(end, last)
        case .moment(let last)?: end = min(end, zone.local(last))
        case nil: break
        }
        let periods = RecurrencePeriods(rule: filled(from: start), start: start)
        var found: [LocalTime] = []
        var counted = 0
        var steps = 0
        // Without COUNT what came before does not matter.
        var number = count == nil ? periods.number(before: range.lowerBound) : 0
        while let period = periods.period(number), period.begin <= end {
            steps += period.days.count + 1
            guard steps <= WindowLimits.steps else { throw Self.tooMuch }
            for time in periods.times(of: period) where time >= start {
                if time > end { return found }
                counted += 1
                if let count, counted > count { return found }
                guard time >= range.lowerBound else { continue }
                found.append(time)
                guard found.count <= WindowLimits.instances else { throw Self.tooMuch }
            }
            if let count, counted >= count { return found }
            number += 1
        }
        return found
    }

    private static let tooMuch = GovernanceError(
        .refused, "A recurrence rule yields more times than are looked at.", hint: "Let it come less often.")

    /// With what RFC 5545 takes from the start where the rule does not say it.
    private func filled(from start: LocalTime) -> RecurrenceRule {
        var rule = self
        let date = start.date
        if weekNumbers.isEmpty && yearDays.isEmpty && monthDays.isEmpty && weekdays.isEmpty {
            switch frequency {
            case .yearly:
                if months.isEmpty { rule.months = [date.month] }
                rule.monthDays = [date.day]
            case .monthly: rule.monthDays = [date.day]
            case .weekly: rule.weekdays = [Weekday(ordinal: nil, weekday: start.weekday)]
            case .daily, .hourly, .minutely: break
            }
        } else if !weekNumbers.isEmpty && weekdays.isEmpty && yearDays.isEmpty && monthDays.isEmpty {
            rule.weekdays = [Weekday(ordinal: nil, weekday: start.weekday)]
        }
        if hours.isEmpty && frequency > .hourly { rule.hours = [start.secondOfDay / 3600] }
        if minutes.isEmpty && frequency > .minutely { rule.minutes = [start.secondOfDay / 60 % 60] }
        if seconds.isEmpty { rule.seconds = [start.secondOfDay % 60] }
        return rule
    }

    /// Whether the filters for days let `day` through.
    func admits(day: Int) -> Bool {
        let date = CivilDate(day: day)
        if !months.isEmpty && !months.contains(date.month) { return false }
        if !monthDays.isEmpty {
            let length = LocalTime.daysIn(month: date.month, year: date.year)
            if !monthDays.contains(date.day) && !monthDays.contains(date.day - length - 1) { return false }
        }
        if !yearDays.isEmpty {
            let first = LocalTime.day(year: date.year, month: 1, day: 1)
            let length = LocalTime.isLeap(date.year) ? 366 : 365
            if !yearDays.contains(day - first + 1) && !yearDays.contains(day - first - length) { return false }
        }
        if !weekNumbers.isEmpty && !admits(weekOf: day) { return false }
        return weekdays.isEmpty || weekdays.contains { matches($0, day, date) }
    }

    private func matches(_ entry: Weekday, _ day: Int, _ date: CivilDate) -> Bool {
        guard LocalTime.weekday(ofDay: day) == entry.weekday else { return false }
        guard let ordinal = entry.ordinal else { return true }
        let first: Int
        let length: Int
        if frequency == .monthly || !months.isEmpty {
            first = day - date.day + 1
            length = LocalTime.daysIn(month: date.month, year: date.year)
        } else {
            first = LocalTime.day(year: date.year, month: 1, day: 1)
            length = LocalTime.isLeap(date.year) ? 366 : 365
        }
        return ordinal > 0 ? (day - first) / 7 + 1 == ordinal : (first + length - 1 - day) / 7 + 1 == -ordinal
    }

    /// Weeks are numbered as ISO 8601 does it: the first has at least four days in the year.
    private func admits(weekOf day: Int) -> Bool {
        let begin = day - LocalTime.modulo(LocalTime.weekday(ofDay: day) - weekStart, 7)
        let year = CivilDate(day: begin + 3).year
        let first = LocalTime.day(year: year, month: 1, day: 1)
        let number = (begin + 3 - first) / 7 + 1
        let length = LocalTime.isLeap(year) ? 366 : 365
        let weeks = number + (first + length - 1 - (begin + 3)) / 7
        return weekNumbers.contains(number) || weekNumbers.contains(number - weeks - 1)
    }
}
