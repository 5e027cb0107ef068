extension RecurrenceRule {
    private static let words = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    private static let frequencies: [String: Frequency] = [
        "MINUTELY": .minutely, "HOURLY": .hourly, "DAILY": .daily, "WEEKLY": .weekly, "MONTHLY": .monthly,
        "YEARLY": .yearly,
    ]

    /// Reads `FREQ=WEEKLY;BYDAY=SA`, with or without `RRULE:` before it.
    /// - Throws: `GovernanceError` that names what is wrong.
    package init(_ text: String) throws(GovernanceError) {
        guard text.utf8.count <= WindowLimits.ruleBytes else { throw Self.problem(text, "it is too long") }
        let body = text.hasPrefix("RRULE:") ? String(text.dropFirst(6)) : text
        var parts: [String: String] = [:]
        for part in body.split(separator: ";", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { $0.uppercased() }
            guard sides.count == 2, !sides[1].isEmpty else { throw Self.problem(text, "'\(part)' is no NAME=VALUE") }
            guard parts.updateValue(sides[1], forKey: sides[0]) == nil else {
                throw Self.problem(text, "\(sides[0]) is there twice")
            }
        }
        guard let word = parts.removeValue(forKey: "FREQ") else { throw Self.problem(text, "it has no FREQ") }
        guard let frequency = Self.frequencies[word] else {
            throw Self.problem(
                text, word == "SECONDLY" ? "FREQ=SECONDLY is refused" : "there is no FREQ=\(word)",
                hint: "Use YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY or MINUTELY.")
        }
        self.init(frequency: frequency)
        for (name, value) in parts.sorted(by: { $0.key < $1.key }) { try take(name, value, text) }
        try check(text)
    }

    private mutating func take(_ name: String, _ value: String, _ text: String) throws(GovernanceError) {
        func numbers(_ range: ClosedRange<Int>, signed: Bool = false) throws(GovernanceError) -> [Int] {
            var numbers: [Int] = []
            for word in value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let number = Int(word), range.contains(signed ? abs(number) : number) else {
                    throw Self.problem(text, "\(name) can't be '\(word)'")
                }
                numbers.append(number)
            }
            return Set(numbers).sorted()
        }
        switch name {
        case "INTERVAL": interval = try numbers(1...WindowLimits.interval).first ?? 1
        case "COUNT": count = try numbers(1...WindowLimits.instances).first
        case "UNTIL": until = try Self.until(value, text)
        case "BYMONTH": months = Set(try numbers(1...12))
        case "BYWEEKNO": weekNumbers = Set(try numbers(1...53, signed: true))
        case "BYYEARDAY": yearDays = Set(try numbers(1...366, signed: true))
        case "BYMONTHDAY": monthDays = Set(try numbers(1...31, signed: true))
        case "BYHOUR": hours = try numbers(0...23)
        case "BYMINUTE": minutes = try numbers(0...59)
        case "BYSECOND": seconds = try numbers(0...59)
        case "BYSETPOS": positions = try numbers(1...366, signed: true)
        case "WKST":
            guard let day = Self.words.firstIndex(of: value) else {
                throw Self.problem(text, "WKST can't be '\(value)'")
            }
            weekStart = day
        case "BYDAY":
            for word in value.split(separator: ",", omittingEmptySubsequences: false) {
                weekdays.append(try Self.weekday(String(word), text))
            }
        default: throw Self.problem(text, "'\(name)' is unknown")
        }
    }

    private static func weekday(_ word: String, _ text: String) throws(GovernanceError) -> Weekday {
        guard let day = words.firstIndex(of: String(word.suffix(2))) else {
            throw problem(text, "BYDAY can't be '\(word)'")
        }
        let ordinal = word.dropLast(2)
        if ordinal.isEmpty { return Weekday(ordinal: nil, weekday: day) }
        guard let number = Int(ordinal), (1...53).contains(abs(number)) else {
            throw problem(text, "BYDAY can't be '\(word)'")
        }
        return Weekday(ordinal: number, weekday: day)
    }

    private static func until(_ value: String, _ text: String) throws(GovernanceError) -> Until {
        if value.hasSuffix("Z"), let time = LocalTime(compact: value.dropLast()) {
            return .moment(time.seconds * 1000)
        }
        guard let time = LocalTime(compact: value) else { throw problem(text, "UNTIL can't be '\(value)'") }
        // A date alone means that whole day.
        return .local(value.utf8.count == 8 ? LocalTime(seconds: time.seconds + 86_399) : time)
    }

    /// What RFC 5545 forbids to be together.
    private func check(_ text: String) throws(GovernanceError) {
        if count != nil && until != nil { throw Self.problem(text, "COUNT and UNTIL exclude each other") }
        if !weekNumbers.isEmpty && frequency != .yearly {
            throw Self.problem(text, "BYWEEKNO needs FREQ=YEARLY")
        }
        if !yearDays.isEmpty && [.daily, .weekly, .monthly].contains(frequency) {
            throw Self.problem(text, "BYYEARDAY does not go with this FREQ")
        }
        if !monthDays.isEmpty && frequency == .weekly { throw Self.problem(text, "BYMONTHDAY can't be weekly") }
        if weekdays.contains(where: { $0.ordinal != nil }),
            frequency < .monthly || frequency == .yearly && !weekNumbers.isEmpty
        {
            throw Self.problem(text, "a numbered BYDAY needs FREQ=MONTHLY, or YEARLY without BYWEEKNO")
        }
        let limits: [Bool] = [
            !months.isEmpty, !weekNumbers.isEmpty, !yearDays.isEmpty, !monthDays.isEmpty, !weekdays.isEmpty,
            !hours.isEmpty, !minutes.isEmpty, !seconds.isEmpty,
        ]
        if !positions.isEmpty && !limits.contains(true) {
            throw Self.problem(text, "BYSETPOS needs another BY… beside it")
        }
    }

    private static func problem(_ text: String, _ why: String, hint: String? = nil) -> GovernanceError {
        GovernanceError(.malformed, "The recurrence rule '\(text.prefix(80))' can't be used: \(why).", hint: hint)
    }
}
