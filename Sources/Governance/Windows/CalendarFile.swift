/// The events of an ICS file (RFC 5545) as windows or blackouts.
package struct CalendarFile: Sendable {
    private var events: [CalendarEvent] = []
    /// In which times without a zone are meant.
    private let zone: Zone

    /// Reads a whole file.
    /// - Throws: `GovernanceError` with the line that can't be used. A file that is cut short is refused.
    package init(_ bytes: [UInt8], zone: Zone) throws(GovernanceError) {
        self.zone = zone
        var open: [String] = []
        var isWhole = false
        for (number, text) in try ContentLine.lines(of: bytes) {
            guard let line = ContentLine(text) else { throw Self.problem(number, "it is no line of a calendar") }
            switch line.name {
            case "BEGIN":
                let name = line.value.uppercased()
                guard open.isEmpty == (name == "VCALENDAR"), open.count < 8 else {
                    throw Self.problem(number, "\(name) can't begin here")
                }
                open.append(name)
                if name == "VEVENT" && open.count == 2 { events.append(CalendarEvent(line: number)) }
                guard events.count <= WindowLimits.events else {
                    throw Self.problem(number, "there are too many events")
                }
            case "END":
                guard open.popLast() == line.value.uppercased() else {
                    throw Self.problem(number, "\(line.value) ends, and has not begun")
                }
                isWhole = open.isEmpty
            default:
                guard !open.isEmpty else { throw Self.problem(number, "it stands outside of a calendar") }
                if open == ["VCALENDAR", "VEVENT"] { try take(line, number) }
            }
        }
        guard isWhole, open.isEmpty else {
            throw GovernanceError(.malformed, "It is no whole calendar: END:VCALENDAR is missing.")
        }
    }

    private mutating func take(_ line: ContentLine, _ number: Int) throws(GovernanceError) {
        let last = events.count - 1
        switch line.name {
        case "UID": events[last].uid = line.value
        case "SUMMARY": events[last].summary = Self.plain(line.value)
        case "STATUS": events[last].isCancelled = line.value.uppercased() == "CANCELLED"
        case "DTSTART": events[last].start = try stamp(line, line.value, number)
        case "DTEND": events[last].end = try stamp(line, line.value, number)
        case "RECURRENCE-ID": events[last].replaces = try stamp(line, line.value, number)
        case "DURATION":
            guard let seconds = CalendarEvent.seconds(ofDuration: line.value) else {
                throw Self.problem(number, "'\(line.value.prefix(40))' is no duration")
            }
            events[last].duration = seconds
        case "RRULE":
            guard events[last].rule == nil else { throw Self.problem(number, "there is a second RRULE") }
            do throws(GovernanceError) { events[last].rule = try RecurrenceRule(line.value) } catch {
                throw Self.problem(number, error.message)
            }
        case "EXRULE": throw Self.problem(number, "EXRULE is not understood")
        case "RDATE", "EXDATE":
            for value in line.value.split(separator: ",") {
                let stamp = try stamp(line, String(value), number)
                if line.name == "RDATE" {
                    events[last].further.append(stamp)
                } else {
                    events[last].except.append(stamp)
                }
            }
            guard events[last].further.count + events[last].except.count <= WindowLimits.dates else {
                throw Self.problem(number, "there are too many dates")
            }
        default: break
        }
    }

    private func stamp(_ line: ContentLine, _ value: String, _ number: Int) throws(GovernanceError)
        -> CalendarEvent.Stamp
    {
        let isUTC = value.hasSuffix("Z")
        guard let local = LocalTime(compact: isUTC ? value.dropLast() : value[...]) else {
            throw Self.problem(number, "'\(value.prefix(40))' is no time")
        }
        let isDate = value.utf8.count == 8
        if isUTC { return CalendarEvent.Stamp(local: local, zone: .utc, isDate: false) }
        guard !isDate, let name = line.parameters["TZID"] else {
            return CalendarEvent.Stamp(local: local, zone: zone, isDate: isDate)
        }
        // Some programs put a path before the name: /example.org/20260101/Europe/Berlin.
        let words = name.split(separator: "/")
        for candidate in [name, words.suffix(2).joined(separator: "/"), words.suffix(3).joined(separator: "/")] {
            if let zone = try? Zone(candidate) {
                return CalendarEvent.Stamp(local: local, zone: zone, isDate: false)
            }
        }
        throw Self.problem(number, "there is no time zone '\(name.prefix(60))'")
    }

    /// What the events say.
    /// - Throws: `GovernanceError` for an event that can't be understood.
    package func spans() throws(GovernanceError) -> [Span] {
        var spans: [Span] = []
        for event in events where !event.isCancelled {
            guard let start = event.start else { throw Self.problem(event.line, "the event has no DTSTART") }
            let length = try event.length
            // A moment is neither a window nor a blackout.
            if length == 0 { continue }
            let label = event.summary.isEmpty ? "event at line \(event.line)" : event.summary
            do throws(GovernanceError) {
                if event.rule == nil && event.further.isEmpty {
                    let end = LocalTime(seconds: start.local.seconds + length)
                    spans.append(try Span(label: label, zone: start.zone, timing: .once(start.local, end)))
                    continue
                }
                var recurrence = Span.Recurrence(start: start.local, length: length, rule: event.rule)
                // The first time belongs to a series even where its rule does not yield it.
                recurrence.further = [start.local] + event.further.map { $0.local(in: start.zone) }
                recurrence.except = Set(exceptions(to: event).map { $0.local(in: start.zone) })
                spans.append(try Span(label: label, zone: start.zone, timing: .recurring(recurrence)))
            } catch {
                throw Self.problem(event.line, error.message)
            }
        }
        return spans
    }

    /// Times of a series that do not come, or that another event stands for.
    private func exceptions(to series: CalendarEvent) -> [CalendarEvent.Stamp] {
        guard series.replaces == nil else { return [] }
        return series.except + events.filter { $0.uid == series.uid && !series.uid.isEmpty }.compactMap(\.replaces)
    }

    private static func plain(_ text: String) -> String {
        text.replacing("\\n", with: " ").replacing("\\N", with: " ").replacing("\\", with: "")
    }

    private static func problem(_ line: Int, _ why: String) -> GovernanceError {
        GovernanceError(.malformed, "Line \(line): \(why).")
    }
}

extension CalendarEvent.Stamp {
    fileprivate func local(in other: Zone) -> LocalTime {
        zone == other ? local : other.local(zone.moment(of: local))
    }
}
