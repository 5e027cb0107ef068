/// An event of an ICS file, as far as it says when something is.
struct CalendarEvent: Sendable {
    /// A time as it stands in the file.
    struct Stamp: Sendable, Hashable {
        var local: LocalTime
        var zone: Zone
        var isDate: Bool
    }

    var line: Int
    var uid = ""
    var summary = ""
    var start: Stamp?
    var end: Stamp?
    /// In seconds.
    var duration: Int?
    var rule: RecurrenceRule?
    var further: [Stamp] = []
    var except: [Stamp] = []
    /// The time that it stands for, where it replaces one of a series.
    var replaces: Stamp?
    var isCancelled = false

    init(line: Int) { self.line = line }

    /// How long it is on the wall clock, in seconds.
    var length: Int {
        get throws(GovernanceError) {
            guard let start else { throw GovernanceError(.malformed, "The event at line \(line) has no DTSTART.") }
            if let end {
                let other = end.zone == start.zone ? end.local : start.zone.local(end.zone.moment(of: end.local))
                return other.seconds - start.local.seconds
            }
            // Without an end an event of a date is that day, any other one moment (RFC 5545, 3.6.1).
            return duration ?? (start.isDate ? 86_400 : 0)
        }
    }

    /// `PT8H`, `P1D`, `P1W` (RFC 5545, 3.3.6) in seconds; nil for anything else and what is negative.
    static func seconds(ofDuration text: String) -> Int? {
        var rest = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var seconds = 0
        var digits = ""
        var isTime = false
        for character in rest {
            if character == "T" && !isTime && digits.isEmpty {
                isTime = true
                continue
            }
            if character.isASCII && character.isNumber {
                digits.append(character)
                continue
            }
            let unit: Int? =
                switch (character, isTime) {
                case ("W", false): 7 * 86_400
                case ("D", false): 86_400
                case ("H", true): 3600
                case ("M", true): 60
                case ("S", true): 1
                default: nil
                }
            guard let unit, digits.utf8.count <= 6, let number = Int(digits) else { return nil }
            seconds += number * unit
            digits = ""
        }
        return digits.isEmpty ? seconds : nil
    }
}
