import Engine
import Governance
import Model

/// A calendar at a moment, as a person looks at it.
package struct CalendarOverview: Sendable, Encodable {
    package var calendar: String
    package var description: String
    package var timezone: String
    package var isOpen: Bool
    /// Milliseconds since 1970, as all the moments here.
    package var time: Int
    package var closes: Int?
    package var opens: Int?
    package var reasons: [String]
    /// The moments as a person reads them, in the calendar's zone.
    package var closesText: String?
    package var opensText: String?

    init(_ calendar: ChangeCalendar, _ decision: CalendarDecision) {
        self.calendar = calendar.name
        description = calendar.description
        timezone = calendar.zone.name
        isOpen = decision.isOpen
        time = decision.time
        closes = decision.closes
        opens = decision.opens
        reasons = decision.reasons
        closesText = decision.closes.map(calendar.zone.text)
        opensText = decision.opens.map(calendar.zone.text)
    }
}

extension Workspace {
    /// All calendars now, by name.
    package func calendarOverviews() throws -> [CalendarOverview] {
        let now = WallClock().wallTime()
        return try calendars().map { CalendarOverview($0, $0.decision(at: now)) }.sorted { $0.calendar < $1.calendar }
    }

    /// A calendar at a time: `2026-03-29T02:30` on its own clock, or with `Z` in UTC; nil for now.
    /// - Throws: `RequestError` for a calendar or a time that there is not.
    package func calendarOverview(_ name: String, at text: String?) throws -> CalendarOverview {
        let calendar = try calendar(name)
        return CalendarOverview(calendar, calendar.decision(at: try Self.moment(text, calendar.zone)))
    }

    /// The next stretches in which a calendar is open, the one that is open now among them.
    package func nextWindows(_ name: String, count: Int) throws -> [Interval] {
        let calendar = try calendar(name)
        if let fault = calendar.faults.first { throw RequestError(.refused, fault) }
        let now = WallClock().wallTime()
        for days in [40, 400, 1500] {
            let found = try calendar.open(in: now..<now + days * 86_400_000)
            if found.count >= count || days == 1500 { return Array(found.prefix(count)) }
        }
        return []
    }

    /// A moment on a calendar's clock.
    package func text(_ moment: Int, of name: String) throws -> String { try calendar(name).zone.text(moment) }

    private static func moment(_ text: String?, _ zone: Zone) throws -> Int {
        guard let text else { return WallClock().wallTime() }
        let isUTC = text.hasSuffix("Z")
        guard let local = LocalTime(written: isUTC ? String(text.dropLast()) : text) else {
            throw RequestError(
                .usage, "'\(text)' is no time.", hint: "Write it as 2026-03-29T22:00, or 2026-03-29T20:00Z in UTC.")
        }
        return (isUTC ? Zone.utc : zone).moment(of: local)
    }
}
