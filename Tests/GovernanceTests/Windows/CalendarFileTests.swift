import Testing

@testable import Governance

@Suite struct CalendarFileTests {
    private func file(_ body: String) -> [UInt8] {
        let lines =
            ["BEGIN:VCALENDAR", "VERSION:2.0"] + body.split(separator: "\n").map(String.init) + ["END:VCALENDAR"]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private func open(_ body: String, _ from: String, days: Int = 40) throws -> [String] {
        let zone = try Zone("Europe/Berlin")
        let spans = try CalendarFile(file(body), zone: zone).spans()
        let start = zone.moment(of: try #require(LocalTime(written: from)))
        return try ChangeCalendar(name: "c", zone: zone, windows: spans, blackouts: [])
            .open(in: start..<start + days * 86_400_000)
            .map { "\(zone.local($0.start))–\(zone.local($0.end)) \($0.label)" }
    }

    @Test func aSeriesWithExceptionsAndOneThatWasMoved() throws {
        let body = """
            BEGIN:VTIMEZONE
            TZID:Europe/Berlin
            BEGIN:STANDARD
            DTSTART:19701025T030000
            RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
            END:STANDARD
            END:VTIMEZONE
            BEGIN:VEVENT
            UID:a
            SUMMARY:Maintenance\\, all of
              the cluster
            DTSTART;TZID=Europe/Berlin:20261003T220000
            DTEND;TZID=Europe/Berlin:20261004T060000
            RRULE:FREQ=WEEKLY;BYDAY=SA
            EXDATE;TZID=Europe/Berlin:20261017T220000
            END:VEVENT
            BEGIN:VEVENT
            UID:a
            SUMMARY:moved
            RECURRENCE-ID;TZID=Europe/Berlin:20261010T220000
            DTSTART:20261011T200000Z
            DURATION:PT2H
            END:VEVENT
            BEGIN:VEVENT
            UID:b
            STATUS:CANCELLED
            DTSTART;VALUE=DATE:20261005
            END:VEVENT
            BEGIN:VEVENT
            UID:c
            SUMMARY:a day
            DTSTART;VALUE=DATE:20261020
            END:VEVENT
            """
        #expect(
            try open(body, "2026-10-01T00:00", days: 26) == [
                "2026-10-03T22:00–2026-10-04T06:00 Maintenance, all of the cluster",
                "2026-10-11T22:00–2026-10-12T00:00 moved",
                "2026-10-20T00:00–2026-10-21T00:00 a day",
                "2026-10-24T22:00–2026-10-25T06:00 Maintenance, all of the cluster",
            ])
    }

    @Test(arguments: [
        "BEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT", "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT",
        "BEGIN:VEVENT\nDTSTART;TZID=W. Europe Standard Time:20261003T220000\nDURATION:PT1H\nEND:VEVENT",
        "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT",
        "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nEXRULE:FREQ=DAILY\nEND:VEVENT",
        "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nDTEND:20261002T220000Z\nEND:VEVENT",
        "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nDURATION:PT1H", "END:VEVENT", "not a line",
        "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nDURATION:PT9999999H\nEND:VEVENT",
    ])
    func whatCantBeUnderstoodIsRefused(body: String) {
        #expect(throws: GovernanceError.self) { try CalendarFile(file(body), zone: .utc).spans() }
    }

    @Test func aCutFileAnErrorPageAndBombsAreRefused() throws {
        let whole = file("BEGIN:VEVENT\nDTSTART:20261003T220000Z\nDURATION:PT1H\nEND:VEVENT")
        #expect(try CalendarFile(whole, zone: .utc).spans().count == 1)
        #expect(throws: GovernanceError.self) { try CalendarFile(Array(whole.dropLast(5)), zone: .utc) }
        #expect(throws: GovernanceError.self) { try CalendarFile([], zone: .utc) }
        #expect(throws: GovernanceError.self) { try CalendarFile(Array("<html>404</html>".utf8), zone: .utc) }
        #expect(throws: GovernanceError.self) { try CalendarFile([0xFF, 0xFE] + whole, zone: .utc) }
        #expect(throws: GovernanceError.self) {
            try CalendarFile([UInt8](repeating: 0x41, count: WindowLimits.icsBytes + 1), zone: .utc)
        }
        let dates = Array(repeating: "20261003T220000Z", count: 6000).joined(separator: ",")
        #expect(throws: GovernanceError.self) {
            try CalendarFile(file("BEGIN:VEVENT\nDTSTART:20261003T220000Z\nRDATE:\(dates)\nEND:VEVENT"), zone: .utc)
        }
        let events = Array(repeating: "BEGIN:VEVENT\nDTSTART:20261003T220000Z\nEND:VEVENT", count: 5001)
        #expect(throws: GovernanceError.self) { try CalendarFile(file(events.joined(separator: "\n")), zone: .utc) }
        let deep = Array(repeating: "BEGIN:X", count: 100_000).joined(separator: "\n")
        #expect(throws: GovernanceError.self) { try CalendarFile(file(deep), zone: .utc) }
    }

    @Test func durationsOfTheStandard() {
        #expect(CalendarEvent.seconds(ofDuration: "P15DT5H0M20S") == 15 * 86_400 + 5 * 3600 + 20)
        #expect(CalendarEvent.seconds(ofDuration: "P7W") == 49 * 86_400)
        for text in ["-PT1H", "PT", "P1", "1H", "PT1D", "P1H", "", "PTT1H"] where text != "PT" {
            #expect(CalendarEvent.seconds(ofDuration: text) == nil, "\(text)")
        }
    }
}
