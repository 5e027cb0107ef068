import Testing

@testable import Governance

@Suite struct ZoneTests {
    /// Local times that a zone skips or shows twice, with the moments that they stand for, in UTC.
    @Test(arguments: [
        // Spring: 02:00 becomes 03:00 at 01:00 UTC.
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30", "2026-03-29T01:00", 0),
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59", "2026-03-29T00:59", 1),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00", "2026-03-29T01:00", 1),
        // Autumn: 03:00 becomes 02:00 at 01:00 UTC.
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T00:30", 2),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T02:00", 1),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30", "2026-03-08T07:00", 0),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T05:30", 2),
        // Half an hour only: 02:00 becomes 02:30, and 02:00 becomes 01:30.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", "2026-10-03T15:30", 0),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-04T14:45", 2),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30", "2026-04-04T15:30", 1),
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30", "2026-03-29T02:30", 1),
    ])
    func localTimesStandForMoments(
        zone: String, local: String, shifted: String, jump: String, count: Int
    ) throws {
        let zone = try Zone(zone)
        let time = try #require(LocalTime(written: local))
        #expect(zone.moments(of: time).count == count)
        #expect(Zone.utc.local(zone.moment(of: time)).description == shifted)
        #expect(Zone.utc.local(zone.moment(of: time, skipped: .jump)).description == jump)
        if count == 2 {
            let second = zone.moment(of: time, repeated: .second)
            #expect(second > zone.moment(of: time))
            #expect(zone.local(second) == time)
        }
    }

    @Test func datesAreThoseOfTheCalendar() throws {
        for day in -800_000...40_000 where day % 37 == 0 {
            let date = CivilDate(day: day)
            #expect(LocalTime.day(year: date.year, month: date.month, day: date.day) == day)
        }
        #expect(LocalTime(year: 2026, month: 2, day: 29) == nil)
        #expect(LocalTime(written: "2028-02-29")?.weekday == 1)
        for text in ["2026-13-01", "2026-03-29T24:00", "2026-03-29T02:60", "tomorrow", "", "2026-3-29T1"] {
            #expect(LocalTime(written: text) == nil, "\(text)")
        }
    }

    @Test func aZoneThatThereIsNotIsRefused() {
        #expect(throws: GovernanceError.self) { try Zone("Europe/Berlyn") }
    }
}
