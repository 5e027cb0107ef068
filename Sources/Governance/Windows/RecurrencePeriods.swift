/// The periods that a recurrence rule steps through: years, months, weeks, days, hours or minutes.
struct RecurrencePeriods {
    /// With everything filled in that RFC 5545 takes from the start.
    let rule: RecurrenceRule
    let start: LocalTime

    struct Period {
        var begin: LocalTime
        var days: Range<Int>
    }

    /// A number of a period that does not lie after the one that holds `time`, with one to spare.
    func number(before time: LocalTime) -> Int {
        let behind = time.seconds - start.seconds
        guard behind > 0 else { return 0 }
        let distance =
            switch rule.frequency {
            case .yearly: time.date.year - start.date.year
            case .monthly: (time.date.year - start.date.year) * 12 + time.date.month - start.date.month
            case .weekly: behind / (7 * 86_400)
            case .daily: behind / 86_400
            case .hourly: behind / 3600
            case .minutely: behind / 60
            }
        return max(0, distance / rule.interval - 1)
    }

    /// The period of that number; nil after the year 9999.
    func period(_ number: Int) -> Period? {
        let distance = number * rule.interval
        let date = start.date
        switch rule.frequency {
        case .yearly:
            let year = date.year + distance
            guard year <= 9999 else { return nil }
            let first = LocalTime.day(year: year, month: 1, day: 1)
            return days(first, LocalTime.isLeap(year) ? 366 : 365)
        case .monthly:
            let months = date.year * 12 + date.month - 1 + distance
            guard months / 12 <= 9999 else { return nil }
            let first = LocalTime.day(year: months / 12, month: months % 12 + 1, day: 1)
            return days(first, LocalTime.daysIn(month: months % 12 + 1, year: months / 12))
        case .weekly:
            let first = start.day - LocalTime.modulo(start.weekday - rule.weekStart, 7)
            return days(first + distance * 7, 7)
        case .daily: return days(start.day + distance, 1)
        case .hourly: return moment(LocalTime.floor(start.seconds, 3600) * 3600 + distance * 3600)
        case .minutely: return moment(LocalTime.floor(start.seconds, 60) * 60 + distance * 60)
        }
    }

    private func days(_ first: Int, _ count: Int) -> Period? {
        guard CivilDate(day: first).year <= 9999 else { return nil }
        return Period(begin: LocalTime(seconds: first * 86_400), days: first..<first + count)
    }

    private func moment(_ seconds: Int) -> Period? {
        let time = LocalTime(seconds: seconds)
        guard time.date.year <= 9999 else { return nil }
        return Period(begin: time, days: time.day..<time.day + 1)
    }

    /// The rule's times in a period, in order.
    func times(of period: Period) -> [LocalTime] {
        var times: [LocalTime] = []
        for day in period.days where rule.admits(day: day) {
            for second in seconds(of: period) { times.append(LocalTime(seconds: day * 86_400 + second)) }
        }
        guard !rule.positions.isEmpty else { return times }
        let places = rule.positions.map { $0 > 0 ? $0 - 1 : times.count + $0 }
        return Set(places).sorted().filter(times.indices.contains).map { times[$0] }
    }

    /// Seconds since midnight at which the rule comes in a day, in order.
    private func seconds(of period: Period) -> [Int] {
        let hour = period.begin.secondOfDay / 3600
        let minute = period.begin.secondOfDay / 60 % 60
        var hours = rule.hours
        var minutes = rule.minutes
        if rule.frequency <= .hourly { hours = hours.isEmpty || hours.contains(hour) ? [hour] : [] }
        if rule.frequency == .minutely { minutes = minutes.isEmpty || minutes.contains(minute) ? [minute] : [] }
        return hours.flatMap { hour in
            minutes.flatMap { minute in rule.seconds.map { hour * 3600 + minute * 60 + $0 } }
        }
    }
}
