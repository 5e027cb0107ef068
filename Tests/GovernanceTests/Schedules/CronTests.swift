import Testing

@testable import Governance

@Suite struct CronTests {
    private func moment(_ text: String, _ zone: Zone) throws -> Int {
        zone.moment(of: try #require(LocalTime(written: text)))
    }

    /// The times after a moment, both in UTC.
    @Test(arguments: [
        // A skipped time comes as much later as the clock was moved; every hour that passes has its own.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        ("30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        ("0 * * * *", "Europe/Berlin", "2026-03-29T00:30", ["2026-03-29T01:00", "2026-03-29T02:00"]),
        // A doubled time comes once, the first time; every hour that passes has its own.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-24T23:45", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T20:00", ["2026-03-08T07:30", "2026-03-09T06:30"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T20:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", ["2026-10-03T15:45", "2026-10-04T15:15"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00", ["2026-04-04T14:45", "2026-04-05T15:15"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        // Both days given: either of them.
        ("0 0 13 * fri", "UTC", "2026-11-01T00:00", ["2026-11-06T00:00", "2026-11-13T00:00"]),
        ("*/20 8-9 * jan-mar 1-5", "UTC", "2026-01-02T09:30", ["2026-01-02T09:40", "2026-01-05T08:00"]),
        ("0 12 * * 7", "UTC", "2026-11-28T00:00", ["2026-11-29T12:00", "2026-12-06T12:00"]),
    ])
    func theNextTimes(cron: String, zone: String, after: String, expected: [String]) throws {
        let (cron, zone) = (try CronTime(cron), try Zone(zone))
        let start = try moment(after, .utc)
        let first = try #require(cron.next(after: start, in: zone))
        let second = try #require(cron.next(after: first, in: zone))
        #expect([first, second].map { Zone.utc.local($0).description } == expected)
        #expect(cron.last(upTo: second, in: zone) == second)
        #expect(cron.last(upTo: second - 1, in: zone) == first)
        #expect(cron.count(after: start, upTo: second, in: zone, limit: 10) == 2)
    }

    /// Over a year of both changes there is one time a day, whatever is asked first.
    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
    func aDailyTimeComesOnceADay(name: String) throws {
        let zone = try Zone(name)
        let cron = try CronTime("45 1 * * *")
        let start = try moment("2026-01-01T00:00", zone)
        #expect(cron.count(after: start, upTo: try moment("2027-01-01T00:00", zone), in: zone, limit: 1000) == 365)
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5/2 * * * *", "9-5 * * * *",
        "*/0 * * * *", "a * * * *", "* * * * * *", "1,,2 * * * *",
    ])
    func whatIsNoCronTimeIsRefused(text: String) {
        #expect(throws: GovernanceError.self) { try CronTime(text) }
    }

    @Test func aTimeThatNeverComesIsToldSoon() throws {
        #expect(try CronTime("0 0 31 2 *").next(after: 0, in: .utc) == nil)
        #expect(try CronTime("0 0 31 2 *").last(upTo: 1_700_000_000_000, in: .utc) == nil)
    }
}
