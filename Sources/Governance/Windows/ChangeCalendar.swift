/// A named calendar: when changes may be made, and when not whatever else is said.
package struct ChangeCalendar: Sendable {
    package let name: String
    package let description: String
    /// In which its times are shown.
    package let zone: Zone
    package let windows: [Span]
    package let blackouts: [Span]
    /// Why nobody can tell when it is open: a file or a feed that can't be believed.
    package let faults: [String]

    package init(
        name: String, description: String = "", zone: Zone, windows: [Span], blackouts: [Span], faults: [String] = []
    ) {
        self.name = name
        self.description = description
        self.zone = zone
        self.windows = windows
        self.blackouts = blackouts
        self.faults = faults
    }

    /// The stretches of `range` in which it is open.
    /// - Throws: `GovernanceError` where a rule yields too many times.
    package func open(in range: Range<Int>) throws(GovernanceError) -> [Interval] {
        var open: [Interval] = []
        for span in windows { open += try span.intervals(in: range, use: .window) }
        return Interval.subtract(Interval.joined(try closed(in: range)), from: Interval.joined(open))
    }

    private func closed(in range: Range<Int>) throws(GovernanceError) -> [Interval] {
        var closed: [Interval] = []
        for span in blackouts { closed += try span.intervals(in: range, use: .blackout) }
        return closed
    }

    /// How far ahead the next opening is looked for, in days, by and by.
    private static let horizons = [9, 65, 400, 1500]
    private static let dayLength = 86_400_000

    /// Whether it is open at `moment`, in milliseconds since 1970, until when, when it opens next, and why.
    package func decision(at moment: Int) -> CalendarDecision {
        var decision = CalendarDecision(calendar: name, time: moment, isOpen: false)
        guard faults.isEmpty else {
            decision.reasons = faults
            decision.isUncertain = true
            return decision
        }
        do throws(GovernanceError) {
            try decide(&decision)
        } catch {
            decision.isOpen = false
            decision.closes = nil
            decision.isUncertain = true
            decision.reasons = [error.message]
        }
        return decision
    }

    private func decide(_ decision: inout CalendarDecision) throws(GovernanceError) {
        let moment = decision.time
        for days in Self.horizons {
            let end = moment + days * Self.dayLength
            let open = try open(in: moment..<end)
            if let now = open.first(where: { $0.contains(moment) }) {
                decision.isOpen = true
                decision.closes = now.end
            }
            decision.opens = open.first { $0.start > moment }?.start
            if decision.opens != nil && decision.closes ?? 0 < end { break }
        }
        decision.reasons = try reasons(decision)
    }

    private func reasons(_ decision: CalendarDecision) throws(GovernanceError) -> [String] {
        let moment = decision.time
        let around = moment..<moment + 1
        var reasons: [String] = []
        for span in windows {
            for interval in try span.intervals(in: around, use: .window) where interval.contains(moment) {
                reasons.append("Window '\(span.label)' is open until \(zone.text(interval.end)).")
            }
        }
        if reasons.isEmpty { reasons.append("No window is open.") }
        for interval in try closed(in: around) where interval.contains(moment) {
            reasons.append("Blackout '\(interval.label)' holds until \(zone.text(interval.end)).")
        }
        if let closes = decision.closes { reasons.append("It closes at \(zone.text(closes)).") }
        if !decision.isOpen {
            reasons.append(
                decision.opens.map { "It opens next at \(zone.text($0))." } ?? "It does not open within four years.")
        }
        return reasons
    }
}

/// Whether a calendar is open at some moment, and why. Moments are in milliseconds since 1970.
package struct CalendarDecision: Sendable, Hashable, Codable {
    package var calendar: String
    package var time: Int
    package var isOpen: Bool
    /// When it closes, while it is open.
    package var closes: Int?
    /// When it opens next after `time`.
    package var opens: Int?
    /// Sentences for a person.
    package var reasons: [String] = []
    /// Whether it counts as closed because nobody can tell.
    package var isUncertain = false

    package init(calendar: String, time: Int, isOpen: Bool) {
        self.calendar = calendar
        self.time = time
        self.isOpen = isOpen
    }
}
