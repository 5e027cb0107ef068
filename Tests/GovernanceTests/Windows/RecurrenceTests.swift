import Testing

@testable import Governance

/// The examples of RFC 5545, 3.8.5.3, with the results that it names.
@Suite struct RecurrenceTests {
    private func times(_ rule: String, _ start: String, until last: String = "2030-01-01T00:00") throws -> [String] {
        let zone = try Zone("America/New_York")
        let start = try #require(LocalTime(compact: start))
        let end = try #require(LocalTime(written: last))
        return try RecurrenceRule(rule).times(from: start, in: start...end, zone: zone).map(\.description)
    }

    @Test(arguments: [
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=5", "19970902T090000",
            ["1997-09-02", "1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "19970902T090000",
            [
                "1997-09-02", "1997-09-04", "1997-09-16", "1997-09-18", "1997-09-30", "1997-10-02", "1997-10-14",
                "1997-10-16",
            ]
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "19970905T090000",
            [
                "1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05", "1998-01-02", "1998-02-06", "1998-03-06",
                "1998-04-03", "1998-05-01", "1998-06-05",
            ]
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "19970907T090000",
            ["1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30", "1998-01-04", "1998-01-25"]
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "19970922T090000",
            ["1997-09-22", "1997-10-20", "1997-11-17", "1997-12-22", "1998-01-19", "1998-02-16"]
        ),
        (
            "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=-3", "19970928T090000",
            ["1997-09-28", "1997-10-29", "1997-11-28", "1997-12-29", "1998-01-29"]
        ),
        (
            "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "19970610T090000",
            ["1997-06-10", "1997-07-10", "1998-06-10", "1998-07-10"]
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "19970101T090000",
            [
                "1997-01-01", "1997-04-10", "1997-07-19", "2000-01-01", "2000-04-09", "2000-07-18", "2003-01-01",
                "2003-04-10", "2003-07-19", "2006-01-01",
            ]
        ),
        ("FREQ=YEARLY;COUNT=3;BYDAY=20MO", "19970519T090000", ["1997-05-19", "1998-05-18", "1999-05-17"]),
        (
            "FREQ=YEARLY;COUNT=3;BYWEEKNO=20;BYDAY=MO", "19970512T090000",
            ["1997-05-12", "1998-05-11", "1999-05-17"]
        ),
        (
            "FREQ=MONTHLY;COUNT=5;BYDAY=FR;BYMONTHDAY=13", "19970902T090000",
            ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13"]
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;COUNT=3;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "19961105T090000",
            ["1996-11-05", "2000-11-07", "2004-11-02"]
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904T090000",
            ["1997-09-04", "1997-10-07", "1997-11-06"]
        ),
        (
            "FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "19970929T090000",
            ["1997-09-29", "1997-10-30", "1997-11-27", "1997-12-30"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805T090000",
            ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805T090000",
            ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]
        ),
        (
            // The 30th of February is passed over.
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115T090000",
            ["2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30"]
        ),
    ])
    func examplesOfTheStandard(rule: String, start: String, dates: [String]) throws {
        #expect(try times(rule, start) == dates.map { $0 + "T09:00" })
    }

    @Test func hoursAndMinutesOfTheStandard() throws {
        #expect(
            try times("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "19970902T090000") == [
                "1997-09-02T09:00", "1997-09-02T12:00", "1997-09-02T15:00",
            ])
        #expect(
            try times("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "19970902T090000") == [
                "1997-09-02T09:00", "1997-09-02T10:30", "1997-09-02T12:00", "1997-09-02T13:30",
            ])
        let daily = try times(
            "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,30", "19970902T090000", until: "1997-09-03T09:00")
        #expect(daily.map { String($0.suffix(5)) } == ["09:00", "09:30", "10:00", "10:30", "09:00"])
    }

    @Test func whatLiesFarAheadIsFoundWithoutCounting() throws {
        let zone = Zone.utc
        let start = try #require(LocalTime(written: "1900-01-01T00:00"))
        let from = try #require(LocalTime(written: "2026-11-28T12:00"))
        let found = try RecurrenceRule("FREQ=MINUTELY;INTERVAL=7").times(
            from: start, in: from...LocalTime(seconds: from.seconds + 1200), zone: zone)
        #expect(found.count == 3)
        #expect(found.allSatisfy { ($0.seconds - start.seconds) % 420 == 0 })
    }

    @Test(arguments: [
        "FREQ=SECONDLY", "FREQ=FORTNIGHTLY", "BYDAY=MO", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;COUNT=1;UNTIL=20260101",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=99999999", "FREQ=DAILY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;BYWEEKNO=2", "FREQ=WEEKLY;BYMONTHDAY=2", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;", "", "FREQ", "FREQ=MONTHLY;BYDAY=54MO",
    ])
    func whatCantBeUsedIsRefused(rule: String) {
        #expect(throws: GovernanceError.self) { try RecurrenceRule(rule) }
    }

    @Test func aRuleThatYieldsTooMuchIsRefusedSoon() throws {
        let start = try #require(LocalTime(written: "2026-01-01T00:00"))
        let end = try #require(LocalTime(written: "2036-01-01T00:00"))
        for text in [
            "FREQ=MINUTELY", "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2;BYMINUTE=0",
        ] {
            let rule = try RecurrenceRule(text)
            if text.hasPrefix("FREQ=YEARLY") {
                #expect(try rule.times(from: start, in: start...end, zone: .utc) == [])
            } else {
                #expect(throws: GovernanceError.self) { try rule.times(from: start, in: start...end, zone: .utc) }
            }
        }
    }
}
