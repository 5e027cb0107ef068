/// A window or a blackout: once, or again and again.
package struct Span: Sendable, Hashable {
    /// How the moments that the wall clock skips or shows twice are taken.
    package enum Use: Sendable {
        /// A window ends rather early.
        case window
        /// A blackout is rather long.
        case blackout
    }

    package enum Timing: Sendable, Hashable {
        case once(LocalTime, LocalTime)
        case recurring(Recurrence)
    }

    package struct Recurrence: Sendable, Hashable {
        package var start: LocalTime
        /// On the wall clock, in seconds.
        package var length: Int
        package var rule: RecurrenceRule?
        /// Further times at which it begins.
        package var further: [LocalTime] = []
        /// Times at which it does not begin.
        package var except: Set<LocalTime> = []

        package init(start: LocalTime, length: Int, rule: RecurrenceRule?) {
            self.start = start
            self.length = length
            self.rule = rule
        }
    }

    package var label: String
    package var zone: Zone
    package var timing: Timing

    /// - Throws: `GovernanceError` where it ends before it begins, or is longer than a year.
    package init(label: String, zone: Zone, timing: Timing) throws(GovernanceError) {
        let length =
            switch timing {
            case .once(let start, let end): end.seconds - start.seconds
            case .recurring(let recurrence): recurrence.length
            }
        guard length > 0 else { throw GovernanceError(.malformed, "'\(label)' ends before it begins.") }
        guard length <= WindowLimits.longest else {
            throw GovernanceError(.malformed, "'\(label)' is over a year long.")
        }
        self.label = label
        self.zone = zone
        self.timing = timing
    }

    /// The stretches that touch `range`.
    /// - Throws: `GovernanceError` where they are too many.
    func intervals(in range: Range<Int>, use: Use) throws(GovernanceError) -> [Interval] {
        switch timing {
        case .once(let start, let end):
            return [interval(start, end, use)].filter { $0.end > range.lowerBound && $0.start < range.upperBound }
        case .recurring(let recurrence):
            // A day more on both sides, for the clock's own changes.
            let first = LocalTime(seconds: zone.local(range.lowerBound).seconds - recurrence.length - 86_400)
            let last = LocalTime(seconds: zone.local(range.upperBound).seconds + 86_400)
            guard first <= last else { return [] }
            var starts = try recurrence.rule?.times(from: recurrence.start, in: first...last, zone: zone) ?? []
            starts += recurrence.further.filter { $0 >= first && $0 <= last }
            return Set(starts).subtracting(recurrence.except).sorted()
                .map { interval($0, LocalTime(seconds: $0.seconds + recurrence.length), use) }
                .filter { $0.start < $0.end && $0.end > range.lowerBound && $0.start < range.upperBound }
        }
    }

    /// Both ends by the wall clock: a window from 22:00 for 8 hours ends at 06:00 whatever the clock did at night.
    private func interval(_ start: LocalTime, _ end: LocalTime, _ use: Use) -> Interval {
        switch use {
        case .window:
            Interval(
                start: zone.moment(of: start), end: zone.moment(of: end, skipped: .jump, repeated: .first), label: label
            )
        case .blackout:
            Interval(
                start: zone.moment(of: start, skipped: .jump), end: zone.moment(of: end, repeated: .second),
                label: label)
        }
    }
}
