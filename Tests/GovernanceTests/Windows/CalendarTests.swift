import Testing

@testable import Governance

@Suite struct CalendarTests {
    private func moment(_ text: String, _ zone: Zone = .utc) throws -> Int {
        zone.moment(of: try #require(LocalTime(written: text)))
    }

    private func weekly(_ zone: Zone, _ start: String, hours: Double, day: String) throws -> Span {
        let start = try #require(LocalTime(written: start))
        return try Span(
            label: "night", zone: zone,
            timing: .recurring(
                Span.Recurrence(
                    start: start, length: Int(hours * 3600), rule: try RecurrenceRule("FREQ=WEEKLY;BYDAY=\(day)"))))
    }

    /// The window of a night in which the clock is changed, in UTC, and how many minutes it really lasts.
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-28T22:00", 8.0, "SA", "2026-03-28T21:00", "2026-03-29T04:00", 420),
        ("Europe/Berlin", "2026-10-24T22:00", 8.0, "SA", "2026-10-24T20:00", "2026-10-25T05:00", 540),
        ("America/New_York", "2026-03-07T22:00", 8.0, "SA", "2026-03-08T03:00", "2026-03-08T10:00", 420),
        ("America/New_York", "2026-10-31T22:00", 8.0, "SA", "2026-11-01T02:00", "2026-11-01T11:00", 540),
        ("Australia/Lord_Howe", "2026-10-03T22:00", 8.0, "SA", "2026-10-03T11:30", "2026-10-03T19:00", 450),
        ("Australia/Lord_Howe", "2026-04-04T22:00", 8.0, "SA", "2026-04-04T11:00", "2026-04-04T19:30", 510),
        // An end that the clock skips is the jump; one that it shows twice is the first.
        ("Europe/Berlin", "2026-03-28T22:00", 4.5, "SA", "2026-03-28T21:00", "2026-03-29T01:00", 240),
        ("Europe/Berlin", "2026-10-24T22:00", 4.5, "SA", "2026-10-24T20:00", "2026-10-25T00:30", 270),
        // A start that the clock skips is as much later.
        ("Europe/Berlin", "2026-03-29T02:30", 4.0, "SU", "2026-03-29T01:30", "2026-03-29T04:30", 180),
    ])
    func windowsGoByTheWallClock(
        zone: String, start: String, hours: Double, day: String, opens: String, closes: String, minutes: Int
    ) throws {
        let zone = try Zone(zone)
        let calendar = ChangeCalendar(
            name: "c", zone: zone, windows: [try weekly(zone, start, hours: hours, day: day)], blackouts: [])
        let (first, last) = (try moment(opens), try moment(closes))
        #expect(!calendar.decision(at: first - 1).isOpen)
        #expect(calendar.decision(at: first - 1).opens == first)
        #expect(calendar.decision(at: first).isOpen)
        #expect(calendar.decision(at: first).closes == last)
        #expect(calendar.decision(at: last - 1).isOpen)
        #expect(!calendar.decision(at: last).isOpen)
        #expect(last - first == minutes * 60_000)
    }

    @Test func aWindowWithinASkippedHourDoesNotOpen() throws {
        let zone = try Zone("Europe/Berlin")
        let calendar = ChangeCalendar(
            name: "c", zone: zone, windows: [try weekly(zone, "2026-03-22T02:15", hours: 0.5, day: "SU")], blackouts: []
        )
        let day = try moment("2026-03-28T23:00")
        #expect(try calendar.open(in: day..<day + 86_400_000).isEmpty)
        #expect(calendar.decision(at: day).opens == (try moment("2026-04-05T00:15")))
    }

    @Test func aBlackoutWinsAndIsRatherLong() throws {
        let zone = try Zone("Europe/Berlin")
        let night = try weekly(zone, "2026-10-24T22:00", hours: 8, day: "SA")
        let from = try #require(LocalTime(written: "2026-10-25T01:00"))
        let to = try #require(LocalTime(written: "2026-10-25T02:30"))
        let calendar = ChangeCalendar(
            name: "c", zone: zone, windows: [night],
            blackouts: [try Span(label: "freeze", zone: zone, timing: .once(from, to))])
        let start = try moment("2026-10-24T22:59")
        #expect(calendar.decision(at: start).isOpen)
        #expect(calendar.decision(at: start).closes == (try moment("2026-10-24T23:00")))
        let inside = calendar.decision(at: try moment("2026-10-25T01:29"))
        #expect(!inside.isOpen)
        #expect(inside.opens == (try moment("2026-10-25T01:30")))
        #expect(inside.reasons.contains { $0.hasPrefix("Blackout 'freeze' holds until 2026-10-25 02:30") })
        #expect(calendar.decision(at: try moment("2026-10-25T01:30")).isOpen)
    }

    @Test func windowsThatMeetAreOne() throws {
        func span(_ from: String, _ to: String) throws -> Span {
            let (from, to) = (try #require(LocalTime(written: from)), try #require(LocalTime(written: to)))
            return try Span(label: from.description, zone: .utc, timing: .once(from, to))
        }
        let calendar = ChangeCalendar(
            name: "c", zone: .utc,
            windows: [
                try span("2026-01-01T00:00", "2026-01-01T02:00"), try span("2026-01-01T02:00", "2026-01-01T03:00"),
            ],
            blackouts: [])
        #expect(calendar.decision(at: try moment("2026-01-01T01:00")).closes == (try moment("2026-01-01T03:00")))
        #expect(calendar.decision(at: try moment("2026-01-01T03:00")).opens == nil)
    }

    @Test func nobodyCanTellMeansClosed() throws {
        let zone = Zone.utc
        let always = try weekly(zone, "2026-01-01T00:00", hours: 168, day: "TH")
        let open = ChangeCalendar(name: "c", zone: zone, windows: [always], blackouts: [])
        #expect(open.decision(at: try moment("2026-11-28T12:00")).isOpen)
        let faulty = ChangeCalendar(name: "c", zone: zone, windows: [always], blackouts: [], faults: ["It is stale."])
        #expect(!faulty.decision(at: try moment("2026-11-28T12:00")).isOpen)
        #expect(faulty.decision(at: 0).reasons == ["It is stale."])
        let bomb = try Span(
            label: "bomb", zone: zone,
            timing: .recurring(
                Span.Recurrence(
                    start: try #require(LocalTime(written: "2020-01-01T00:00")), length: 366 * 86_400,
                    rule: try RecurrenceRule("FREQ=MINUTELY"))))
        let decision = ChangeCalendar(name: "c", zone: zone, windows: [always], blackouts: [bomb])
            .decision(at: try moment("2026-11-28T12:00"))
        #expect(!decision.isOpen)
        #expect(decision.isUncertain)
    }
}
